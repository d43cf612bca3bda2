from django.apps import AppConfig


class DevConfig(AppConfig):
    name = "parvis.dev"
    label = "dev"
