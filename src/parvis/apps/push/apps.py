from datetime import time

from django.apps import AppConfig


class PushConfig(AppConfig):
    name = "parvis.apps.push"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, every, job

        daily(job("parvis.apps.push.tasks.delete_old_pushes"), at=time(4, 0))
        every(job("parvis.apps.push.tasks.send_waiting"), minutes=1)
        every(job("parvis.apps.push.tasks.remind_devices"), minutes=5)
