from datetime import time

from django.apps import AppConfig


class SocialConfig(AppConfig):
    name = "parvis.apps.social"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, every, job

        daily(job("parvis.apps.social.tasks.check_accounts"), at=time(6, 30))
        every(job("parvis.apps.social.tasks.send_waiting"), minutes=1)
        every(job("parvis.apps.social.tasks.sweep_events"), minutes=5)
        every(job("parvis.apps.social.tasks.check_silent"), minutes=5)
