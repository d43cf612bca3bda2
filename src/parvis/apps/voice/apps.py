from django.apps import AppConfig


class VoiceConfig(AppConfig):
    name = "parvis.apps.voice"
    label = "voice"

    def ready(self) -> None:
        from parvis.lib.jobs import every, job

        every(job("parvis.apps.voice.tasks.call_waiting"), minutes=1)
