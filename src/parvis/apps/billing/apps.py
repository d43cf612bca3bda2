from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "parvis.apps.billing"

    def ready(self) -> None:
        from parvis.lib.jobs import every, job, when

        every(job("parvis.apps.billing.tasks.follow"), minutes=1)
        when("billing.invoice_paid", job("parvis.apps.billing.tasks.send_receipt"))
        when("billing.paid_twice", job("parvis.apps.billing.tasks.tell_paid_twice"))
