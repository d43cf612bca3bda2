from datetime import time

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "parvis.apps.integrations"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, every, job

        daily(job("parvis.apps.integrations.tasks.purge"), at=time(3, 52))
        every(job("parvis.apps.integrations.tasks.deliver_due"), minutes=1)
