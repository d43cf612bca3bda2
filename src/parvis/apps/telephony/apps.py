from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    name = "parvis.apps.telephony"

    def ready(self) -> None:
        from parvis.lib.jobs import every, job

        every(job("parvis.apps.telephony.tasks.send_waiting_texts"), minutes=1)
        every(job("parvis.apps.telephony.tasks.place_waiting_calls"), minutes=1)
