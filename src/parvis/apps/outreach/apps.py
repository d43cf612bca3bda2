from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "parvis.apps.outreach"
    label = "outreach"
