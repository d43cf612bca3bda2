from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "parvis.public"
    label = "public"
