from django.apps import AppConfig


class PanelScreensConfig(AppConfig):
    name = "parvis.surfaces.panels"
    label = "panel_screens"
