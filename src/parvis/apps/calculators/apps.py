from django.apps import AppConfig


class CalculatorsConfig(AppConfig):
    name = "parvis.apps.calculators"
    label = "calculators"
