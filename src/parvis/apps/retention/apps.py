from datetime import time

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "parvis.apps.retention"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, every, job

        daily(job("parvis.apps.retention.tasks.propose_monthly"), at=time(4, 30))
        every(job("parvis.apps.retention.tasks.destroy_approved"), minutes=5)
