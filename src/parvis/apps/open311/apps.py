from django.apps import AppConfig


class Open311Config(AppConfig):
    name = "parvis.apps.open311"
    label = "open311"

    def ready(self) -> None:
        from parvis.apps.cases.services.journal import register_kind  # noqa: PLC0415
        from parvis.apps.open311.services.forwarding import KINDS  # noqa: PLC0415

        for kind in KINDS:
            register_kind(kind)
