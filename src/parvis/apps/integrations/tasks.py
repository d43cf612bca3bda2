"""Background work of webhooks."""

from parvis.apps.idempotency.services import purge_answers
from parvis.apps.integrations import services
from parvis.lib.jobs import enqueue, job

DELIVER = job("parvis.apps.integrations.tasks.deliver")


def carry() -> None:
    """Makes deliveries from the journal, then a job for each webhook that is owed some. Runs every minute."""
    services.gather_events()
    services.give_up_orphans()
    for webhook_id in services.due_webhooks():
        enqueue(DELIVER, webhook_id)


def deliver(webhook_id: int) -> None:
    """Sends to one webhook what is due (`services.deliver_due`)."""
    services.deliver_due(webhook_id=webhook_id)


def purge() -> None:
    """Forgets old answers kept for their repetition, and the old part of the log of webhooks."""
    purge_answers()
    services.purge_deliveries()
