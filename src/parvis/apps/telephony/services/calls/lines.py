"""Which calls are placed now: as many as there are lines."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from parvis.apps.outbox import services as outbox
from parvis.apps.outbox.models import PERHAPS_LEFT, PERHAPS_SENT, TOO_LATE, State
from parvis.apps.telephony.models import RINGING, OutgoingCall
from parvis.apps.telephony.services.calls.outgoing import stay_missed
from parvis.apps.telephony.services.calls.placing import CALLS, next_allowed
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue, job

LOOK_UP = job("parvis.apps.telephony.tasks.look_up_call")
SILENT_AFTER = timedelta(minutes=3)  # a call rings and speaks less than this: the provider is then asked
LOST_AFTER = timedelta(minutes=20)  # a call that the provider tells nothing of, or is in doubt, holds no line any more
GIVE_UP_AFTER = timedelta(hours=24)  # without an end of its own
MOST_LOOKED_UP = 100
_OLDEST = F("not_before").asc(nulls_first=True)
_LINES = 312  # the advisory lock of those who take lines


@transaction.atomic
def call_due() -> int:
    """Takes a line for each call that is due, as many as there are lines, and asks for it; returns how many.

    Emergencies first. Past its end a call is not placed; outside the hours it waits for them. Those that the provider
    may have are looked for, and those of which it tells nothing are asked about. Runs every minute, and whenever a line
    is free.
    """
    _lock_lines()
    moment, rows = now(), CALLS.rows
    _end_late(moment)
    outbox.sweep(CALLS)
    doubtful = outbox.due(rows.filter(state=State.UNCERTAIN)).order_by(_OLDEST, "pk")
    _ask(list(doubtful.values_list("pk", flat=True)[:MOST_LOOKED_UP]), moment)
    _look_up_silent(moment)
    due = outbox.due(rows.filter(state=State.QUEUED))
    opens = next_allowed(moment)
    if opens > moment:
        due.filter(any_hour=False).update(not_before=opens)
    free = settings.PARVIS_VOICE_LINES - lines_taken(moment)
    first = due.select_for_update().order_by("-any_hour", _OLDEST, "pk")
    ids = [row.pk for row in first[: max(free, 0)]]
    _ask(ids, moment)
    return len(ids)


def _ask(ids: Sequence[int], moment: datetime) -> None:
    outbox.claim(CALLS.rows, ids, moment + CALLS.left_behind_after)
    for call_id in ids:
        CALLS.ask(call_id)


def _lock_lines() -> None:
    """Makes whoever takes lines wait for the other to commit; SQLite writes one transaction at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LINES])


def lines_taken(moment: datetime) -> int:
    """The calls that hold a line: asked for, handed over, in doubt, ringing, being heard; none beyond LOST_AFTER."""
    ringing = RINGING & Q(sent_at__gt=moment - LOST_AFTER)
    asked = Q(state=State.QUEUED, claimed_until__gt=moment)
    doubtful = Q(state__in=PERHAPS_SENT, attempted_at__gt=moment - LOST_AFTER)
    return OutgoingCall.objects.filter(ringing | asked | doubtful).count()


def _end_late(moment: datetime) -> None:
    rows, ago = OutgoingCall.objects.all(), moment - GIVE_UP_AFTER
    over = rows.filter(Q(expires_at__lte=moment) | Q(expires_at=None, queued_at__lte=ago))
    stay_missed(over, TOO_LATE)
    outbox.expire(over)
    lost = Q(attempted_at__lte=ago) | Q(expires_at__lte=moment, attempted_at__lte=moment - LOST_AFTER)
    never_told = rows.filter(RINGING & Q(sent_at__lte=ago) | lost & Q(state__in=PERHAPS_SENT))
    never_told.update(
        state=State.FAILED, error=PERHAPS_LEFT, result="", not_before=None, claimed_until=None, changed_at=moment
    )


def _look_up_silent(moment: datetime) -> None:
    silent = Q(looked_at=None) | Q(looked_at__lte=moment - SILENT_AFTER)
    rows = OutgoingCall.objects.filter(RINGING, silent, sent_at__lte=moment - SILENT_AFTER)
    ids = list(rows.order_by(F("looked_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)[:MOST_LOOKED_UP])
    OutgoingCall.objects.filter(pk__in=ids).update(looked_at=moment)
    for call_id in ids:
        enqueue(LOOK_UP, call_id)
