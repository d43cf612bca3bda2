from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "parvis.apps.cases"
    label = "cases"
