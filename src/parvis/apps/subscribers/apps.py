from datetime import time

from django.apps import AppConfig


class SubscribersConfig(AppConfig):
    name = "parvis.apps.subscribers"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, job

        daily(job("parvis.apps.subscribers.tasks.purge"), at=time(4, 5))
