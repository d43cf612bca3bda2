from datetime import time

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    name = "parvis.apps.workspace"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, job

        daily(job("parvis.apps.workspace.tasks.purge_drafts"), at=time(3, 50))
