from django.apps import AppConfig


class ImportingConfig(AppConfig):
    name = "parvis.operations.importing"
    label = "importing"
