from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "parvis.apps.intake"
    label = "intake"
