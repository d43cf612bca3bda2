from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    name = "parvis.residents"
    label = "residents"
