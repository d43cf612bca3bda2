"""The notices that leave: queueing, cancelling, sending again, deleting."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from parvis.apps.outbox import services as outbox
from parvis.apps.outbox.models import PENDING, State
from parvis.apps.push.models import Device, OutgoingPush
from parvis.apps.push.rules.notes import PUSH_OPTIONS, Kind, PushNote
from parvis.apps.push.services.sending import PUSHES
from parvis.lib.clock import now
from parvis.lib.database.rows import insert
from parvis.lib.words import one_line

KEPT = timedelta(days=30)
RESTORED = "restored"


def queue_push(*, device_id: int, key: str, note: PushNote) -> bool:
    """Queues a notice for a device, once per key, in the caller's transaction; the worker sends it after the commit.

    False, with nothing queued, when the device is unknown or no longer accepts notices.
    """
    if not Device.objects.filter(pk=device_id, gone_at=None).exists():
        return False
    push = _row(device_id, key, note)
    if insert(push, unless="key"):
        PUSHES.ask(push.pk)
    return True


@transaction.atomic
def queue_pushes(*, notes: Iterable[tuple[int, str, PushNote]], expires_at: datetime | None = None) -> int:
    """Queues many notices, (device id, key, note), each once per key, with one job; returns how many are new.

    After `expires_at` they are no longer sent, and the push services drop those that they keep.
    """
    rows = [_row(device_id, key, note, expires_at) for device_id, key, note in notes]
    live = set(Device.objects.filter(pk__in={row.device_id for row in rows}, gone_at=None).values_list("pk", flat=True))
    count = outbox.insert_new([row for row in rows if row.device_id in live])
    if count:
        PUSHES.ask(0)
    return count


@transaction.atomic
def cancel_pushes(*, topic: str, but: str = "") -> int:
    """Cancels the notices of a topic that have not left, save those whose key ends with `but` (`outbox.cancel`)."""
    rows = OutgoingPush.objects.filter(topic=topic)
    return outbox.cancel(rows.exclude(key__endswith=but) if but else rows)


def expire_unsent() -> int:
    """Expires the notices that have not left; returns how many.

    For an installation that is as it was when its backup was made: they may have left since, and a push service does
    not say.
    """
    waiting = OutgoingPush.objects.filter(state__in=PENDING)
    return waiting.update(state=State.EXPIRED, error=RESTORED, changed_at=now())


@transaction.atomic
def retry_failed(*, topic: str, ending: str) -> int:
    """Sends again the notices of a topic that the push services refused, among those whose key ends so; returns how
    many. Each lapses when it would have.
    """
    failed = OutgoingPush.objects.filter(topic=topic, key__endswith=ending, state=State.FAILED, device__gone_at=None)
    count = failed.filter(result="").update(state=State.QUEUED, attempts=0, error="", queued_at=now())
    if count:
        PUSHES.ask(0)
    return count


def _row(device_id: int, key: str, note: PushNote, expires_at: datetime | None = None) -> OutgoingPush:
    moment = now()
    longest = moment + PUSH_OPTIONS[Kind(note.kind)].ttl
    return OutgoingPush(
        key=key,
        device_id=device_id,
        title=one_line(note.title)[:200],
        body=note.body,
        url=note.url,
        kind=note.kind,
        topic=note.topic or key,
        queued_at=moment,
        expires_at=min(expires_at or longest, longest),
    )


def delete_old() -> int:
    """Deletes the notices queued more than KEPT ago; returns how many. Their words may name a request."""
    return OutgoingPush.objects.filter(queued_at__lt=now() - KEPT).delete()[0]
