from django.apps import AppConfig


class SchedulesConfig(AppConfig):
    name = "parvis.apps.schedules"
    label = "schedules"
