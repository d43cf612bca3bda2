"""Letters held after a backup was restored: they waited when it was made, and may have left since."""

from parvis.apps.mail.models import Outgoing
from parvis.lib import clock

_HELD = {"state": Outgoing.State.HELD}


def hold_unsent() -> int:
    """Holds the letters that wait, until someone decides; returns how many.

    For an installation that is as it was when its backup was made: what waits there may have left since.
    """
    return Outgoing.objects.filter(state=Outgoing.State.QUEUED).update(**_HELD)


def send_held() -> int:
    """Queues the held letters again, to leave at once; returns how many."""
    now = clock.now()
    queued = {"state": Outgoing.State.QUEUED, "queued_at": now, "not_before": now, "tried_at": None}
    return Outgoing.objects.filter(**_HELD).update(**queued)


def settle_held() -> int:
    """Counts the held letters as sent, without sending them; returns how many. Nothing says when they left."""
    return Outgoing.objects.filter(**_HELD).update(state=Outgoing.State.SENT)
