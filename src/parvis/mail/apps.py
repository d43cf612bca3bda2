from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "parvis.mail"
    label = "mail"
