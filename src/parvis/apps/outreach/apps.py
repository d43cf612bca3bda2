from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "parvis.apps.outreach"

    def ready(self) -> None:
        from parvis.lib.jobs import every, job

        every(job("parvis.apps.outreach.tasks.keep_moments"), minutes=1)
        every(job("parvis.apps.outreach.tasks.refresh_live"), minutes=1)
        every(job("parvis.apps.outreach.tasks.keep_alert_feed"), minutes=1)
