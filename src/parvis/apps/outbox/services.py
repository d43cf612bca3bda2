"""Queueing, beginning, recording, holding, cancelling and erasing what leaves; the moment of what goes to many."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.outbox.channels import BatchCarrier, Carrier, I, Outcome
from parvis.apps.outbox.models import CALLED_OFF, DUE, PERHAPS_LEFT, PERHAPS_SENT, TOO_LATE, UNSENT, Broadcast, State
from parvis.lib.clock import now
from parvis.lib.errors import Invalid
from parvis.lib.words import one_line

B = TypeVar("B", bound=Broadcast)
CHUNK = 1_000
MOST_ASKED = 500  # jobs asked for in one transaction
LATE = timedelta(minutes=15)  # an order older than this asks a person: the service was down, or a backup was restored


@transaction.atomic
def insert_new(rows: Sequence[I], *, key: str = "key", within: QuerySet[I] | None = None) -> int:
    """Inserts the rows whose `key` is not there yet, or not `within` these; returns how many."""
    count = 0
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        objects: QuerySet[I] = QuerySet(type(chunk[0]))
        same = {f"{key}__in": [getattr(row, key) for row in chunk]}
        known = set((objects if within is None else within).filter(**same).values_list(key, flat=True))
        new = [row for row in chunk if getattr(row, key) not in known]
        objects.bulk_create(new, ignore_conflicts=True)
        count += len(new)
    return count


@transaction.atomic
def begin(carrier: Carrier[I], item: I) -> bool:
    """Records that an item is about to be handed over; False when it left the queue, its end has passed, or the carrier
    does not admit it.

    From then on it cannot be cancelled, and a process that dies leaves it uncertain rather than to be sent again.
    """
    moment = now()
    rows = carrier.rows.filter(pk=item.pk, state=State.QUEUED, attempts=item.attempts)
    if refused := carrier.admission(item):
        record(carrier, item.pk, refused, among=UNSENT)
        return False
    started = _start(carrier, rows.filter(Q(expires_at=None) | Q(expires_at__gt=moment)))
    item.refresh_from_db()
    return bool(started)


def _start(carrier: Carrier[I], rows: QuerySet[I]) -> int:
    moment = now()
    return rows.update(
        state=State.SENDING,
        attempts=F("attempts") + 1,
        attempted_at=moment,
        claimed_until=moment + carrier.lease,
        not_before=None,
        **carrier.begun,
    )


@transaction.atomic
def begin_batch(carrier: BatchCarrier[I]) -> list[I]:
    """Records that the first items that are due are about to be handed over, and returns them; those past their end are
    expired instead. Another worker takes others.
    """
    moment = now()
    due = list(carrier.due().select_for_update(skip_locked=True, of=("self",))[: carrier.size])
    late = [item.pk for item in due if item.expires_at and item.expires_at <= moment]
    _end(carrier.rows.filter(pk__in=late), State.EXPIRED)
    items = [item for item in due if item.pk not in late]
    _start(carrier, carrier.rows.filter(pk__in=[item.pk for item in items]))
    for item in items:
        item.attempts += 1
    return items


@transaction.atomic
def record_batch(carrier: BatchCarrier[I], outcomes: Mapping[int, Outcome]) -> None:
    """Records what became of a batch, as `record` does; those that left by one statement, without `Carrier.sent`."""
    moment = now()
    left = [item_id for item_id, outcome in outcomes.items() if outcome == Outcome()]
    carrier.rows.filter(pk__in=left).update(
        state=State.SENT, error="", not_before=None, claimed_until=None, sent_at=moment, changed_at=moment
    )
    others = carrier.rows.filter(pk__in=outcomes.keys() - left).select_for_update(of=("self",))
    for item_id in others.values_list("pk", flat=True):  # what was deleted meanwhile is not there
        record(carrier, item_id, outcomes[item_id])


@transaction.atomic
def record(carrier: Carrier[I], item_id: int, outcome: Outcome, *, among: Sequence[State] = PERHAPS_SENT) -> I:
    """Records what became of an item whose state is still `among` these; one that was settled meanwhile, by what the
    provider told, only gets the carrier's fields that it lacks.
    """
    item = carrier.rows.select_for_update(of=("self",)).get(pk=item_id)
    is_open = item.state in among
    for name, value in outcome.values.items():
        if is_open or not getattr(item, name):
            setattr(item, name, value)
    if is_open:
        state, wait = carrier.settled(item, outcome.state), outcome.wait
        if outcome.state == State.QUEUED and wait is None:
            wait = carrier.backoff.after(item.attempts)
            state = State.FAILED if wait is None else state
        if outcome.state == State.UNCERTAIN and wait is None:
            wait = carrier.look_after
        item.error, item.not_before = one_line(outcome.error)[:300], now() + wait if wait else None
        move(carrier, item, state)
    item.save()
    return item


def move(carrier: Carrier[I], item: I, state: State) -> None:
    """Gives an item that its caller saves another state, in the caller's transaction."""
    moment, item.claimed_until = now(), None
    if item.state != state:
        item.state, item.changed_at = state, moment
    if state == State.SENT and item.sent_at is None:
        item.sent_at = moment
        carrier.sent(item)


@transaction.atomic
def ask_for_due(carrier: Carrier[I]) -> int:
    """Sweeps, and asks for a job for each item that is due; returns how many, MOST_ASKED at most. Runs every minute."""
    sweep(carrier)
    ids = list(due(carrier.rows).order_by("pk").values_list("pk", flat=True)[:MOST_ASKED])
    claim(carrier.rows, ids, now() + carrier.left_behind_after)
    for item_id in ids:
        carrier.ask(item_id)
    return len(ids)


@transaction.atomic
def sweep(carrier: Carrier[I]) -> None:
    """Ends what is past its end, doubts what a dead worker was handing over, and gives up what was queued
    `give_up_after` ago, unless it is held. Runs every minute.
    """
    moment, rows = now(), carrier.rows
    expire(rows.filter(expires_at__lte=moment))
    dead = rows.filter(state=State.SENDING, claimed_until__lte=moment)
    dead.update(state=State.UNCERTAIN, claimed_until=None, changed_at=moment)
    if carrier.give_up_after:
        give_up(rows.filter(queued_at__lt=moment - carrier.give_up_after))


def due(rows: QuerySet[I]) -> QuerySet[I]:
    """Those of these items whose moment came, and that no job is about to take: to be handed over, or looked for."""
    moment = now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=moment)
    return rows.filter(free, Q(not_before=None) | Q(not_before__lte=moment), state__in=DUE)


def claim(rows: QuerySet[I], ids: Sequence[int], until: datetime) -> None:
    """Keeps these items from being asked for, or taken by another worker, until then."""
    rows.filter(pk__in=ids).update(claimed_until=until)


def expire(rows: QuerySet[I]) -> int:
    """Ends those of these items that never left, as past their end; returns how many."""
    return _end(rows.filter(state__in=UNSENT), State.EXPIRED, TOO_LATE)


def give_up(rows: QuerySet[I]) -> int:
    """Ends as failed those of these items that wait; those that may have left say so. Returns how many."""
    perhaps = _end(rows.filter(state__in=PERHAPS_SENT), State.FAILED, PERHAPS_LEFT)
    return perhaps + _end(rows.filter(state=State.QUEUED), State.FAILED)


def cancel(rows: QuerySet[I], error: str = CALLED_OFF) -> int:
    """Cancels those of these items that have not left, in the caller's transaction; returns how many.

    One that is being handed over, or may have left, is not tried again.
    """
    rows.filter(state__in=PERHAPS_SENT).update(expires_at=now())
    return _end(rows.filter(state__in=UNSENT), State.CANCELLED, error)


def _end(rows: QuerySet[I], state: State, error: str | None = None) -> int:
    words = {} if error is None else {"error": error}
    return rows.update(state=state, not_before=None, claimed_until=None, changed_at=now(), **words)


def move_end(rows: QuerySet[I], until: datetime) -> int:
    """Gives another end to those of these items that have not left, nor reached their end; returns how many."""
    return rows.filter(state__in=(*UNSENT, *PERHAPS_SENT), expires_at__gt=now()).update(expires_at=until)


def doubt(rows: QuerySet[I]) -> int:
    """Has those of these items that wait looked for at the provider before they are sent; returns how many.

    For an installation that is as it was when its backup was made: what waited there may have left since.
    """
    waiting = rows.filter(state=State.QUEUED)
    return waiting.update(
        state=State.UNCERTAIN, attempted_at=Coalesce("sent_at", "queued_at"), not_before=None, claimed_until=None
    )


def erase(rows: QuerySet[I], **emptied: Any) -> None:
    """Empties by law fields of these items, in the caller's transaction; one that has not left never will."""
    ids = list(rows.values_list("pk", flat=True))
    erased: QuerySet[I] = QuerySet(rows.model).filter(pk__in=ids)
    cancel(erased)
    erased.update(error="", **emptied)


def start_due(kind: type[B], start: Callable[[B], object]) -> int:
    """Starts the broadcasts whose moment came, each in a transaction of its own; returns how many.

    One that is LATE, or that `start` refuses by Invalid, is held.
    """
    rows: QuerySet[B] = QuerySet(kind).filter(state=kind.SCHEDULED_STATE, starts_at__lte=now())
    ids = list(rows.order_by("starts_at", "pk").values_list("pk", flat=True)[:100])
    return sum(_start_one(rows, broadcast_id, start) for broadcast_id in ids)


@transaction.atomic
def _start_one(rows: QuerySet[B], broadcast_id: int, start: Callable[[B], object]) -> bool:
    row = rows.select_for_update(of=("self",)).filter(pk=broadcast_id).first()
    if row is None:
        return False
    if row.starts_at and row.starts_at < now() - LATE:
        hold(row, _("Its moment passed while the service was stopped: send it now, or not?"))
        return False
    try:
        with transaction.atomic():
            start(row)
    except Invalid as refusal:
        row.refresh_from_db()
        hold(row, refusal.first_error)
        return False
    return True


def hold(row: Broadcast, why: str) -> None:
    """Stops a broadcast until a person decides, in the caller's transaction."""
    row.state, row.held_reason = row.HELD_STATE, one_line(why)[:300]
    row.save(update_fields=["state", "held_reason"])
    row.note(row.HELD_ENTRY, words=row.held_reason)


@transaction.atomic
def hold_unsent(kind: type[B], going: Q) -> int:
    """Holds the broadcasts that are `going` out, and those that should have begun already; returns how many.

    For an installation that is as it was when its backup was made: what waits there may have left since.
    """
    rows: QuerySet[B] = QuerySet(kind).filter(going | Q(state=kind.SCHEDULED_STATE, starts_at__lte=now()))
    with translation.override(settings.LANGUAGE_CODE):
        held = list(rows.select_for_update(of=("self",)))
        for row in held:
            hold(row, _("A backup was restored: what waits here may have left already. Send the rest, or not?"))
    return len(held)
