from django.apps import AppConfig


class SubscribersConfig(AppConfig):
    name = "parvis.apps.subscribers"
    label = "subscribers"
