from django.apps import AppConfig


class ImportingConfig(AppConfig):
    name = "parvis.importing"
    label = "importing"
