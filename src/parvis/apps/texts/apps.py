from django.apps import AppConfig


class TextsConfig(AppConfig):
    name = "parvis.apps.texts"
    label = "texts"
