"""Letters held after a backup was restored: they waited when it was made, and may have left since."""

from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.services.outgoing import WAITING
from parvis.apps.outbox.models import State
from parvis.lib.clock import now


def hold_unsent() -> int:
    """Holds the letters that wait, until someone decides; returns how many.

    For an installation that is as it was when its backup was made: what waits there may have left since.
    """
    waiting = Outgoing.objects.filter(state__in=WAITING)
    return waiting.update(state=State.HELD, claimed_until=None, changed_at=now())


def send_held() -> int:
    """Queues the held letters again, to leave at once; returns how many."""
    moment = now()
    queued = {"state": State.QUEUED, "queued_at": moment, "not_before": moment, "attempted_at": None}
    return Outgoing.objects.filter(state=State.HELD).update(**queued, changed_at=moment)


def settle_held() -> int:
    """Counts the held letters as sent, without sending them; returns how many. Nothing says when they left."""
    return Outgoing.objects.filter(state=State.HELD).update(state=State.SENT, changed_at=now())
