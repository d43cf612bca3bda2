from django.apps import AppConfig


class Open311SurfaceConfig(AppConfig):
    name = "parvis.surfaces.open311"
    label = "open311_surface"
