from datetime import time

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "parvis.apps.files"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, every, job

        daily(job("parvis.apps.files.tasks.sweep"), at=time(3, 25))
        every(job("parvis.apps.files.tasks.scan_waiting"), minutes=2)
        every(job("parvis.apps.files.tasks.read_waiting"), minutes=1)
