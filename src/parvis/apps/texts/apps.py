from django.apps import AppConfig


class TextsConfig(AppConfig):
    name = "parvis.apps.texts"
    label = "texts"

    def ready(self) -> None:
        from parvis.lib.jobs import every, job

        every(job("parvis.apps.texts.tasks.send_waiting"), minutes=1)
