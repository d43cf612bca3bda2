from django.apps import AppConfig


class Open311Config(AppConfig):
    name = "parvis.apps.open311"

    def ready(self) -> None:
        from parvis.apps.cases.services.journal import register_kind
        from parvis.apps.open311.services.forwarding.cases import KINDS
        from parvis.lib.jobs import every, job

        for kind in KINDS:
            register_kind(kind)
        every(job("parvis.apps.open311.tasks.follow_forwardings"), minutes=1)
