from datetime import time

from django.apps import AppConfig


class HouseholdsConfig(AppConfig):
    name = "parvis.apps.households"

    def ready(self) -> None:
        from parvis.apps.households.services.retention import RULES, file_named
        from parvis.apps.retention.queries.registry import register, register_finder
        from parvis.lib.jobs import daily, job

        register(RULES)
        register_finder(file_named)

        daily(job("parvis.apps.households.tasks.warn_of_ends"), at=time(8, 30))
