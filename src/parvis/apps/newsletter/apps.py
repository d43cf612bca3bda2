from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    name = "parvis.apps.newsletter"
    label = "newsletter"
