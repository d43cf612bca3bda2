from datetime import time
from importlib import import_module
from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class ContentConfig(AppConfig):
    name = "parvis.apps.content"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, every, job

        # The groups of the editor's space are synchronised once the permissions of every app exist.
        post_migrate.connect(_sync_groups, sender=apps.get_app_config("auth"), dispatch_uid="parvis.content.groups")
        daily(job("parvis.apps.content.tasks.tell_owners"), at=time(7, 30))
        every(job("parvis.apps.content.tasks.publish_due"), minutes=1)


def _sync_groups(**_more: Any) -> None:
    import_module("parvis.apps.content.services.content").sync_wagtail_groups()
