from django.apps import AppConfig


class SchedulesConfig(AppConfig):
    name = "parvis.schedules"
    label = "schedules"
