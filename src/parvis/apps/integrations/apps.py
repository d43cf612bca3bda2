from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "parvis.apps.integrations"
    label = "integrations"
