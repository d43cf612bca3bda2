from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "parvis.apps.intake"
    label = "intake"

    def ready(self) -> None:
        from parvis.apps.cases.services.journal import register_kind  # noqa: PLC0415
        from parvis.apps.intake.services.mail.received import AUTOMATIC  # noqa: PLC0415
        from parvis.apps.intake.services.texts.sent import LINK, WORDS  # noqa: PLC0415

        for kind in (AUTOMATIC, LINK, WORDS):
            register_kind(kind)
