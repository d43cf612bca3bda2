from datetime import time

from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    name = "parvis.apps.newsletter"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, every, job

        daily(job("parvis.apps.newsletter.tasks.forget_addresses"), at=time(4, 15))
        daily(job("parvis.apps.newsletter.tasks.purge_subscribers"), at=time(4, 5))
        every(job("parvis.apps.newsletter.tasks.send_waiting"), minutes=1)
