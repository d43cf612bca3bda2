from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "parvis.apps.outbox"
    label = "outbox"
