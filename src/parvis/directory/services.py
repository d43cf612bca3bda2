"""What the house records of its own people: that they are here, and whose file they read."""

from datetime import datetime, timedelta

from parvis.directory.models import Presence, Reading, User
from parvis.lib import clock, logs

SEEN_EVERY = timedelta(minutes=1)

_last_seen: dict[int, datetime] = {}


def seen(*, user: User, status: Presence.Status | None = None) -> None:
    """The person is at a screen now; `status` is what they say of themselves, None leaves it as it was.

    Called at every page: within a minute of the last writing, and without a status, it costs no query.
    """
    now = clock.now()
    last = _last_seen.get(user.pk)
    if status is None and last is not None and timedelta(0) <= now - last < SEEN_EVERY:
        return
    row = Presence(user=user, seen_at=now, status=status or Presence.Status.FREE)
    fields = ["seen_at"] if status is None else ["seen_at", "status"]
    Presence.objects.bulk_create([row], update_conflicts=True, unique_fields=["user"], update_fields=fields)
    _last_seen[user.pk] = now


def forget() -> None:
    """Drop what this process remembers of who was seen."""
    _last_seen.clear()


def record_reading(*, user: User, subject: str, subject_id: int, reason: str = "") -> None:
    """Keep that `user` read the file of a "person" or a "case" (Act respecting Access, CQLR c. A-2.1). One insert."""
    Reading.objects.create(
        user=user,
        subject=subject,
        subject_id=subject_id,
        at=clock.now(),
        reason=reason[: Reading._meta.get_field("reason").max_length or None],
        request_id=logs.request_id.get()[:40],
    )
