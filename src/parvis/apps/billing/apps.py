from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "parvis.apps.billing"

    def ready(self) -> None:
        from parvis.lib.jobs import every, job

        every(job("parvis.apps.billing.tasks.follow"), minutes=1)
