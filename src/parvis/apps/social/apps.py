from django.apps import AppConfig


class SocialConfig(AppConfig):
    name = "parvis.apps.social"
    label = "social"
