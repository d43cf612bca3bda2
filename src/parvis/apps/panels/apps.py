from django.apps import AppConfig


class PanelsConfig(AppConfig):
    name = "parvis.apps.panels"
    label = "panels"
