from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "parvis.surfaces.public"
    label = "public"
