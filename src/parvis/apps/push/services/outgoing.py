"""The notices that leave: queueing, claiming, recording what the push services answered."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q

from parvis.apps.push.models import Device, OutgoingPush
from parvis.apps.push.rules.notes import DELIVERIES, Kind, PushNote
from parvis.apps.push.services.devices import record_gone
from parvis.lib.clock import now
from parvis.lib.database.rows import insert
from parvis.lib.jobs import enqueue, job
from parvis.lib.words import one_line

DELIVER = job("parvis.apps.push.tasks.deliver", urgent=True)
LEASE = timedelta(minutes=2)  # longer than a batch takes; then its worker is taken for dead
KEPT = timedelta(days=30)
BATCH = 500
CANCELLED, RESTORED = "cancelled", "restored"
State = OutgoingPush.State


class Result(NamedTuple):
    """What became of a notice: its new state, QUEUED to try again at `again`, and why. `endpoint`: where a notice that
    is GONE was sent, or would have been.
    """

    push_id: int
    device_id: int
    state: str
    error: str = ""
    again: datetime | None = None
    endpoint: str = ""


def queue_push(*, device_id: int, key: str, note: PushNote) -> bool:
    """Queues a notice for a device, once per key, in the caller's transaction; the worker sends it after the commit.

    False, with nothing queued, when the device is unknown or no longer accepts notices.
    """
    if not Device.objects.filter(pk=device_id, gone_at=None).exists():
        return False
    push = _row(device_id, key, note)
    if insert(push, unless="key"):
        enqueue(DELIVER, push.pk)
    return True


@transaction.atomic
def queue_pushes(*, notes: Iterable[tuple[int, str, PushNote]], expires_at: datetime | None = None) -> int:
    """Queues many notices, (device id, key, note), each once per key, with one job; returns how many are new.

    After `expires_at` they are no longer sent, and the push services drop those that they keep.
    """
    rows = [_row(device_id, key, note, expires_at) for device_id, key, note in notes]
    live = set(Device.objects.filter(pk__in={row.device_id for row in rows}, gone_at=None).values_list("pk", flat=True))
    known = set(OutgoingPush.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True))
    new = [row for row in rows if row.device_id in live and row.key not in known]
    OutgoingPush.objects.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)
    if new:
        enqueue(DELIVER, 0)
    return len(new)


@transaction.atomic
def cancel_pushes(*, topic: str, but: str = "") -> int:
    """Cancels the notices of a topic that have not left, save those whose key ends with `but`; returns how many.

    One that is being handed over is not sent again if its worker died, or if it is refused for now.
    """
    rows = OutgoingPush.objects.filter(topic=topic, state=State.QUEUED)
    if but:
        rows = rows.exclude(key__endswith=but)
    rows.exclude(claimed_at=None).update(ttl=0)
    return rows.filter(claimed_at=None).update(state=State.EXPIRED, error=CANCELLED)


def expire_unsent() -> int:
    """Expires the notices that have not left; returns how many.

    For an installation that is as it was when its backup was made: they may have left since, and a push service does
    not say.
    """
    return OutgoingPush.objects.filter(state=State.QUEUED).update(state=State.EXPIRED, error=RESTORED)


@transaction.atomic
def retry_failed(*, topic: str, ending: str) -> int:
    """Sends again the notices of a topic that the push services refused, among those whose key ends so; returns how
    many. Each lapses when it would have.
    """
    moment = now()
    failed = OutgoingPush.objects.filter(topic=topic, key__endswith=ending, state=State.FAILED, device__gone_at=None)
    rows = list(failed.select_for_update(of=("self",)))
    for row in rows:
        row.ttl = max(row.ttl - int((moment - row.queued_at).total_seconds()), 0)
        row.state, row.attempts, row.error = State.QUEUED, 0, ""
        row.not_before, row.claimed_at, row.queued_at = None, None, moment
    changed = ["ttl", "state", "attempts", "error", "not_before", "claimed_at", "queued_at"]
    OutgoingPush.objects.bulk_update(rows, changed, batch_size=BATCH)
    if rows:
        enqueue(DELIVER, 0)
    return len(rows)


def _row(device_id: int, key: str, note: PushNote, expires_at: datetime | None = None) -> OutgoingPush:
    moment, longest = now(), int(DELIVERIES[Kind(note.kind)].ttl.total_seconds())
    left = int((expires_at - moment).total_seconds()) if expires_at else longest
    return OutgoingPush(
        key=key,
        device_id=device_id,
        title=one_line(note.title)[:200],
        body=note.body,
        url=note.url,
        kind=note.kind,
        topic=note.topic or key,
        ttl=max(min(longest, left), 0),
        queued_at=moment,
    )


@transaction.atomic
def claim_due(*, limit: int = BATCH) -> list[OutgoingPush]:
    """Takes the oldest notices that may leave now, alerts first, with their devices; another worker takes others.

    Those too old for their kind are recorded as expired, and those whose device is gone as such.
    """
    moment = now()
    waiting = OutgoingPush.objects.filter(state=State.QUEUED)
    free = Q(claimed_at=None) | Q(claimed_at__lt=moment - LEASE)
    due = waiting.filter(free, Q(not_before=None) | Q(not_before__lte=moment))
    due = due.select_for_update(skip_locked=True, of=("self",)).select_related("device")
    pushes = list(due.order_by("kind", "pk")[:limit])
    late = [push.pk for push in pushes if push.queued_at + timedelta(seconds=push.ttl) <= moment]
    gone = [push.pk for push in pushes if not push.device.live and push.pk not in late]
    OutgoingPush.objects.filter(pk__in=late).update(state=State.EXPIRED)
    OutgoingPush.objects.filter(pk__in=gone).update(state=State.GONE)
    kept = [push for push in pushes if push.pk not in {*late, *gone}]
    OutgoingPush.objects.filter(pk__in=[push.pk for push in kept]).update(
        claimed_at=moment, attempts=F("attempts") + 1, not_before=None
    )
    return kept


@transaction.atomic
def record_results(*, results: Sequence[Result]) -> None:
    """Records what the push services answered; a device whose subscription ended is erased.

    What was refused at the former endpoint of a device that has a new one since is sent again, to the new one.
    """
    moment = now()
    sent = [result.push_id for result in results if result.state == State.SENT]
    OutgoingPush.objects.filter(pk__in=sent).update(state=State.SENT, sent_at=moment, error="", claimed_at=None)
    for result in results:
        if result.state != State.SENT:
            rows = OutgoingPush.objects.filter(pk=result.push_id)
            error = one_line(result.error)[:300]
            rows.update(state=result.state, error=error, not_before=result.again, claimed_at=None)
    gone = [result for result in results if result.state == State.GONE]
    renewed = record_gone(tried={result.device_id: result.endpoint for result in gone})
    again = [result.push_id for result in gone if result.device_id in renewed]
    if OutgoingPush.objects.filter(pk__in=again).update(state=State.QUEUED):
        enqueue(DELIVER, 0)


def delete_old() -> int:
    """Deletes the notices queued more than KEPT ago; returns how many. Their words may name a request."""
    return OutgoingPush.objects.filter(queued_at__lt=now() - KEPT).delete()[0]
