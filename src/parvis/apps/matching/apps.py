from datetime import time

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "parvis.apps.matching"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, job

        daily(job("parvis.apps.matching.tasks.keep_vectors"), at=time(3, 55))
