from datetime import time

from django.apps import AppConfig


class PanelsConfig(AppConfig):
    name = "parvis.apps.panels"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, every, job

        daily(job("parvis.apps.panels.tasks.delete_old"), at=time(4, 5))
        every(job("parvis.apps.panels.tasks.watch"), minutes=1)
        every(job("parvis.apps.panels.tasks.sync_signs"), minutes=1)
