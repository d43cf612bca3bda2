from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "parvis.apps.matching"
    label = "matching"
