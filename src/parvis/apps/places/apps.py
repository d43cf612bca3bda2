from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "parvis.apps.places"
    label = "places"
