from django.apps import AppConfig


class DailyConfig(AppConfig):
    name = "parvis.daily"
    label = "daily"
