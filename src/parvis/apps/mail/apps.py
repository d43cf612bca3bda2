from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "parvis.apps.mail"
    label = "mail"
