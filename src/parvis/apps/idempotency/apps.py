from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "parvis.apps.idempotency"
    label = "idempotency"
