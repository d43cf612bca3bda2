"""Background delivery of notices."""

from parvis.apps.outbox import tasks as outbox
from parvis.apps.outbox.models import State
from parvis.apps.push.models import OutgoingPush
from parvis.apps.push.services.outgoing import delete_old
from parvis.apps.push.services.reminders import remind
from parvis.apps.push.services.sending import PUSHES


def deliver(push_id: int) -> None:
    """Sends what waits, up to a batch (`outbox.tasks.deliver_batch`), if the notice `push_id` still does; 0: whatever
    waits.
    """
    if not push_id or OutgoingPush.objects.filter(pk=push_id, state=State.QUEUED).exists():
        outbox.deliver_batch(PUSHES)


def send_waiting() -> None:
    """Sends what waits; scheduled."""
    deliver(0)


def remind_devices() -> None:
    """Runs `services.remind`; scheduled."""
    remind()


def delete_old_pushes() -> None:
    """Runs `services.delete_old`; scheduled."""
    delete_old()
