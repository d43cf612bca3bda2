from datetime import time

from django.apps import AppConfig


class HouseholdsConfig(AppConfig):
    name = "parvis.apps.households"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, job

        daily(job("parvis.apps.households.tasks.warn_of_ends"), at=time(8, 30))
