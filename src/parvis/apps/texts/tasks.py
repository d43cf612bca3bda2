"""Background delivery of texts."""

from parvis.apps.outbox import tasks as outbox
from parvis.apps.outbox.services import MOST_ASKED
from parvis.apps.texts.services import SEND_DUE, TEXTS, send_due
from parvis.lib.jobs import enqueue


def deliver(text_id: int) -> None:
    """Hands over a text (`outbox.tasks.deliver`)."""
    outbox.deliver(TEXTS, text_id)


def send_waiting() -> None:
    """Runs `services.send_due`, and again while there are more; scheduled."""
    if send_due() >= MOST_ASKED:
        enqueue(SEND_DUE)
