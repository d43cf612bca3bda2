from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "parvis.apps.identity"
    label = "identity"
