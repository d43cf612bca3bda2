"""Each attempt of a call: its line taken, handed over, what became of it, and the recall of a missed one."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from parvis.apps.voice.models import OutgoingCall
from parvis.apps.voice.queries import policy
from parvis.apps.voice.rules import hours, states
from parvis.apps.voice.rules.speech import seconds
from parvis.apps.voice.rules.states import NUMBER_REFUSES, PERHAPS_PLACED, TOO_LATE
from parvis.apps.voice.services import speaking
from parvis.apps.voice.services.calls import CALL_DUE, State, refuse
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue, job
from parvis.lib.words import one_line

PLACE = job("parvis.apps.voice.tasks.place", urgent=True)
LOOK_UP = job("parvis.apps.voice.tasks.look_up")
LEASE = timedelta(minutes=2)  # for a job to hand over the call whose line was taken
LOOK_AFTER = timedelta(minutes=1)  # for the provider to list a call that it may have taken
SILENT_AFTER = timedelta(minutes=3)  # a call rings and speaks less than this: the provider is then asked
LOST_AFTER = timedelta(minutes=20)  # a call that the provider tells nothing of, or is in doubt, holds no line any more
GIVE_UP_AFTER = timedelta(hours=24)  # without an end of its own
AGAIN_AFTER = timedelta(minutes=1)  # when the provider takes nothing for now
MOST_LOOKED_UP = 100
_LINES = 312  # the advisory lock of those who take lines


@transaction.atomic
def call_due() -> int:
    """Takes a line for each call that is due, as many as there are lines, and asks for it; returns how many.

    Emergencies first. Past its end a call is not placed; outside the hours it waits for them. Those that the provider
    may have are looked for after LOOK_AFTER, and those of which it tells nothing are asked about. Runs every minute,
    and whenever a line is free.
    """
    _lock_lines()
    moment = now()
    queued = OutgoingCall.objects.filter(state=State.QUEUED)
    _drop_late(moment)
    doubtful = queued.filter(posted_at__lte=moment - LOOK_AFTER, asked_at__lte=moment - LOOK_AFTER)
    looked = list(doubtful.order_by("asked_at", "pk").values_list("pk", flat=True)[:MOST_LOOKED_UP])
    OutgoingCall.objects.filter(pk__in=looked).update(asked_at=moment)
    for call_id in looked:
        enqueue(PLACE, call_id)
    _look_up_silent(moment)
    due = queued.filter(Q(asked_at=None) | Q(asked_at__lte=moment - LEASE), posted_at=None, not_before__lte=moment)
    opens = _allowed(moment)
    if opens > moment:
        due.filter(any_hour=False).update(not_before=opens)
    free = settings.PARVIS_VOICE_LINES - lines_taken(moment)
    if free <= 0:
        return 0
    rows = due.select_for_update().order_by("-any_hour", "not_before", "pk")
    ids = [row.pk for row in rows[:free]]
    OutgoingCall.objects.filter(pk__in=ids).update(asked_at=moment)
    for call_id in ids:
        enqueue(PLACE, call_id)
    return len(ids)


def _lock_lines() -> None:
    """Makes whoever takes lines wait for the other to commit; SQLite writes one transaction at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LINES])


def lines_taken(moment: datetime) -> int:
    """The calls that hold a line: asked for, handed over, in doubt, ringing, being heard; none beyond LOST_AFTER."""
    ringing = Q(state=State.PLACED, placed_at__gt=moment - LOST_AFTER)
    asked = Q(state=State.QUEUED, posted_at=None, asked_at__gt=moment - LEASE)
    doubtful = Q(state=State.QUEUED, posted_at__gt=moment - LOST_AFTER)
    return OutgoingCall.objects.filter(ringing | asked | doubtful).count()


def _drop_late(moment: datetime) -> None:
    queued = OutgoingCall.objects.filter(state=State.QUEUED)
    over = Q(expires_at__lte=moment) | Q(expires_at=None, queued_at__lte=moment - GIVE_UP_AFTER)
    late = queued.filter(over, posted_at=None)
    late.exclude(missed="").update(state=F("missed"), error=TOO_LATE, changed_at=moment)
    late.filter(missed="").update(state=State.REFUSED, error=TOO_LATE, changed_at=moment)
    lost = Q(posted_at__lte=moment - GIVE_UP_AFTER) | Q(expires_at__lte=moment, posted_at__lte=moment - LOST_AFTER)
    queued.filter(lost).update(state=State.FAILED, error=PERHAPS_PLACED, posted_at=None, changed_at=moment)
    endless = OutgoingCall.objects.filter(state=State.PLACED, placed_at__lte=moment - GIVE_UP_AFTER)
    endless.update(state=State.FAILED, error=PERHAPS_PLACED, changed_at=moment)


def _look_up_silent(moment: datetime) -> None:
    silent = Q(looked_at=None) | Q(looked_at__lte=moment - SILENT_AFTER)
    rows = OutgoingCall.objects.filter(silent, state=State.PLACED, placed_at__lte=moment - SILENT_AFTER)
    ids = list(rows.order_by(F("looked_at").asc(nulls_first=True), "pk").values_list("pk", flat=True)[:MOST_LOOKED_UP])
    OutgoingCall.objects.filter(pk__in=ids).update(looked_at=moment)
    for call_id in ids:
        enqueue(LOOK_UP, call_id)


def _allowed(moment: datetime) -> datetime:
    """The moment, or the next one at which calls are allowed."""
    local = timezone.localtime(moment)
    return hours.next_allowed(local, settings.PARVIS_VOICE_HOURS)


def postpone(call: OutgoingCall, *, minutes: bool = False) -> None:
    """Gives its line back: the call waits for the hours when calls are allowed, or for AGAIN_AFTER (`minutes`)."""
    moment = now()
    when = moment + AGAIN_AFTER if minutes else _allowed(moment)
    rows = OutgoingCall.objects.filter(pk=call.pk, state=State.QUEUED, posted_at=None)
    rows.update(asked_at=None, not_before=max(when, call.not_before or when))


@transaction.atomic
def release_doubt(call_id: int) -> None:
    """Records that the provider does not list an attempt that was in doubt: it did not ring.

    Past its end the call has failed. Otherwise it waits for a line and for the hours when calls are allowed, as one
    that was never handed over, and the attempt does not count.
    """
    call = OutgoingCall.objects.select_for_update().get(pk=call_id)
    if call.state != State.QUEUED or call.posted_at is None:
        return
    moment = now()
    call.posted_at = call.asked_at = None
    if call.expires_at and call.expires_at <= moment:
        call.state, call.error, call.changed_at = State.FAILED, PERHAPS_PLACED, moment
    else:
        call.attempts, call.not_before = max(0, call.attempts - 1), moment if call.any_hour else _allowed(moment)
        enqueue(CALL_DUE)
    call.save()


@transaction.atomic
def doubt_unsent() -> int:
    """The calls that wait are looked for at the provider before they are placed; returns how many.

    For an installation that is as it was when its backup was made: what waits there may have rung since, and what rang
    may have been placed again.
    """
    OutgoingCall.objects.filter(state=State.PLACED).update(recalls=0)
    since = Coalesce("placed_at", "queued_at")
    waiting = OutgoingCall.objects.filter(state=State.QUEUED, posted_at=None)
    return waiting.update(posted_at=since, asked_at=since, attempts=F("attempts") + 1)


def may_ring(call: OutgoingCall) -> bool:
    """Whether the call may ring now: at any hour, or within the hours when calls are allowed."""
    return call.any_hour or may_call_now()


def may_call_now() -> bool:
    """Whether calls that are no emergency are allowed at this hour."""
    moment = now()
    return _allowed(moment) <= moment


def begin_attempt(call: OutgoingCall) -> bool:
    """Records that the call is about to be handed over; False when it left the queue, its end has passed, or another
    attempt is under way.

    A process that dies then leaves it in doubt, rather than to ring again.
    """
    moment = now()
    rows = OutgoingCall.objects.filter(pk=call.pk, state=State.QUEUED, posted_at=None)
    rows = rows.filter(Q(expires_at=None) | Q(expires_at__gt=moment))
    started = rows.update(posted_at=moment, asked_at=moment, attempts=call.attempts + 1)
    call.posted_at, call.attempts = moment, call.attempts + 1
    return bool(started)


@transaction.atomic
def record_attempt(call_id: int, *, attempt: int, provider_id: str, state: str = State.PLACED) -> None:
    """Records that the provider has the attempt; what it told meanwhile stays."""
    call = OutgoingCall.objects.select_for_update().get(pk=call_id)
    if call.attempts != attempt or (call.state == State.QUEUED and call.posted_at is None):
        return  # settled meanwhile by what the provider told
    call.provider_id = call.provider_id if call.state != State.QUEUED and call.provider_id else provider_id
    if call.state == State.QUEUED:
        call.state, call.posted_at, call.placed_at = State.PLACED, None, now()
        call.changed_at, call.error = call.placed_at, ""
    call.save()
    if state != State.PLACED:
        record_news(call_id=call_id, attempt=attempt, provider_id=provider_id, state=state)


@transaction.atomic
def record_failure(call_id: int, *, error: str, state: str = "") -> None:
    """Records that nothing rang: a final `state`, or an attempt that does not count and is made again soon."""
    call = OutgoingCall.objects.select_for_update().get(pk=call_id)
    if call.state != State.QUEUED:
        return
    call.error, call.posted_at, call.asked_at = one_line(error)[:300], None, None
    if state:
        call.state, call.changed_at = state, now()
    else:
        call.attempts, call.not_before = max(0, call.attempts - 1), now() + AGAIN_AFTER
    call.save()


def record_doubt(call_id: int, *, error: str) -> None:
    """Records that the provider may have the call, which stays in doubt."""
    OutgoingCall.objects.filter(pk=call_id, state=State.QUEUED).update(error=one_line(error)[:300])


@transaction.atomic
def record_news(
    *, call_id: int, attempt: int, provider_id: str, state: str, error: str = "", lasted: int = 0
) -> OutgoingCall | None:
    """Records what the provider tells of an attempt of a call; None when it is none of ours.

    A missed call waits to be placed again, as the policy says. Who hung up was reached when the call `lasted`, in
    seconds, as long as the message without the keys. News that would go back, or come twice, change nothing.
    """
    call = OutgoingCall.objects.select_for_update().filter(pk=call_id).first()
    if call is None or attempt < 1:
        return None
    if state == State.HUNG_UP and lasted >= seconds(speaking.message_of(call.words, call.language)):
        state = State.HEARD
    same = attempt == call.attempts
    waits = call.state == State.QUEUED and call.posted_at is None
    if same and provider_id and not waits:
        call.provider_id = provider_id
    reached = call.missed or call.state if waits else call.state
    if state and states.moves_on(reached, state, same_attempt=same):
        call.error = one_line(error)[:300]
        _move(call, state)
    call.save()
    return call


def _move(call: OutgoingCall, state: str) -> None:
    moment = now()
    call.posted_at, call.asked_at, call.changed_at = None, None, moment
    if state == State.PLACED:
        call.state, call.placed_at = state, call.placed_at if call.state == state else moment
        return
    minutes = states.recall_minutes(state, call.attempts, policy(), call.recalls)
    when = moment + timedelta(minutes=minutes) if minutes is not None else None
    if when and not call.any_hour:
        when = _allowed(when)
    if when and (call.expires_at is None or when < call.expires_at):
        call.state, call.missed, call.not_before = State.QUEUED, state, when
    else:
        call.state = state
    if state == State.REFUSED:
        call.error = NUMBER_REFUSES
        if call.to:
            refuse(call.to)
        if call.on_refused:
            enqueue(call.on_refused, call.pk)
    elif state == State.CONFIRMED and call.on_confirmed:
        enqueue(call.on_confirmed, call.pk)
    if OutgoingCall.objects.filter(state=State.QUEUED, posted_at=None, asked_at=None, not_before__lte=moment).exists():
        enqueue(CALL_DUE)
