from datetime import time

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "parvis.apps.identity"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, job

        daily(job("parvis.apps.identity.tasks.purge"), at=time(3, 40))
