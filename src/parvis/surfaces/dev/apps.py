from django.apps import AppConfig


class DevConfig(AppConfig):
    name = "parvis.surfaces.dev"
    label = "dev"
