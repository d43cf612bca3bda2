from django.apps import AppConfig


class PushConfig(AppConfig):
    name = "parvis.apps.push"
    label = "push"
