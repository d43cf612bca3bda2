"""Background work of webhooks."""

import time

from parvis.apps.idempotency.services import purge_answers
from parvis.apps.integrations.services.delivering import WEBHOOKS, due_deliveries, due_webhooks, give_up_orphans
from parvis.apps.integrations.services.gathering import gather_events, purge_deliveries
from parvis.apps.outbox import tasks as outbox
from parvis.apps.outbox.models import State
from parvis.apps.outbox.services import sweep
from parvis.lib.jobs import enqueue, job

DELIVER = job("parvis.apps.integrations.tasks.deliver")
TOGETHER, TOGETHER_SECONDS = 100, 20.0


def deliver_due() -> None:
    """Makes deliveries from the journal, then a job for each webhook that is owed some. Runs every minute."""
    gather_events()
    give_up_orphans()
    sweep(WEBHOOKS)
    for webhook_id in due_webhooks():
        enqueue(DELIVER, webhook_id)


def deliver(webhook_id: int) -> None:
    """Sends to one webhook what is due, in order, until one is not accepted: what hangs holds the worker once, not a
    hundred times.
    """
    until = time.monotonic() + TOGETHER_SECONDS
    for _number in range(TOGETHER):
        delivery = due_deliveries().filter(webhook=webhook_id).first()
        if delivery is None or outbox.deliver(WEBHOOKS, delivery.pk) != State.SENT:
            return
        if time.monotonic() > until:
            return


def purge() -> None:
    """Forgets old answers kept for their repetition, and the old part of the log of webhooks."""
    purge_answers()
    purge_deliveries()
