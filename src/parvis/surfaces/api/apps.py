from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "parvis.surfaces.api"
    label = "api"
