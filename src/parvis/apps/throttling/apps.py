from django.apps import AppConfig


class ThrottlingConfig(AppConfig):
    name = "parvis.apps.throttling"
    label = "throttling"
