from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    name = "parvis.apps.residents"
    label = "residents"
