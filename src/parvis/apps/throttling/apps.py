from django.apps import AppConfig


class ThrottlingConfig(AppConfig):
    name = "parvis.apps.throttling"

    def ready(self) -> None:
        from parvis.lib.jobs import every, job

        every(job("parvis.apps.throttling.tasks.purge"), minutes=15)
