from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "parvis.apps.search"
    label = "search"
