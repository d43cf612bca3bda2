"""What the house records of its own people: that they are here, and whose file they read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory import queries
from parvis.apps.directory.models import AccessLogEntry, Department, Membership, Presence, Town, User
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.posts import read_hours
from parvis.lib import clock, logs
from parvis.lib.errors import Invalid, NotAllowed
from parvis.lib.rows import insert

SEEN_EVERY = timedelta(minutes=1)
FOUND_HOLDS = timedelta(minutes=10)
MOST_REMEMBERED = 20_000  # people found, by reader

LONGEST_REASON = 200  # characters

_last_seen: dict[int, datetime] = {}
_last_found: dict[tuple[int, int], datetime] = {}


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
    """Drop what this process remembers of who was seen, and of whom searches showed."""
    _last_seen.clear()
    _last_found.clear()


@dataclass(frozen=True)
class Retired:
    """How many sample accounts were closed, how many departments lost a sample head."""

    accounts: int
    heads: int


def promises_follow(*, mark: str) -> None:
    """The promises of the open requests are those of the calendar of that mark (`queries.calendar_mark`)."""
    Town.objects.update(calendar_hash=mark)
    queries.forget()


@transaction.atomic
def set_assignment(*, department: Department, assignment: str, by: User) -> None:
    """Says how the cases that come to a department are given. NotAllowed, Invalid (assignment)."""
    _refuse_unless_routing(by)
    if assignment not in Department.Assignment.values:
        raise Invalid(_("Choose one of the values offered."), {"assignment": _("Choose one of the values offered.")})
    Department.objects.filter(pk=department.pk).update(assignment=assignment)


@transaction.atomic
def set_hours(*, membership: Membership, typed: str, by: User) -> None:
    """Says when someone is in one of their places, as `posts.read_hours` reads it; empty: whenever they are not held
    elsewhere. NotAllowed, and Invalid (hours) when it cannot be read."""
    _refuse_unless_routing(by)
    try:
        hours = read_hours(typed)
    except ValueError as error:
        text = _("Write hours such as “mon 8:30-12:00, wed 8:30-12:00”; “%(part)s” cannot be read.") % {"part": error}
        raise Invalid(text, {"hours": text}) from error
    Membership.objects.filter(pk=membership.pk).update(hours=hours)
    queries.forget()


def _refuse_unless_routing(by: User) -> None:
    if not by.may(Action.SET_ROUTING):
        raise NotAllowed(_("Your role does not set where requests go."))


@transaction.atomic
def retire_samples() -> Retired:
    """Closes every sample account and takes it from the head of its department; for a start outside the demonstration.

    The cases that such an account holds stay in its name: someone of the department takes them. The town's folder
    counts as changed, so that a demonstration that loads it again opens the accounts again.
    """
    heads = Department.objects.filter(head__sample=True).update(head=None)
    accounts = User.objects.filter(sample=True, is_active=True).update(is_active=False)
    if heads or accounts:
        Town.objects.update(folder_hash="")
    return Retired(accounts, heads)


def record_found(*, user: User, person_ids: Iterable[int], words: str) -> None:
    """Keep that a search by these words showed `user` who these people are: one row of the log for each.

    Who types sees the same people at each letter: each is kept once in FOUND_HOLDS for one reader. No query when this
    process kept all of them, one when others did, two otherwise, however many they are.
    """
    moment = clock.now()
    result = [pk for pk in dict.fromkeys(person_ids) if not _found_lately(user.pk, pk, moment)]
    if not result:
        return
    mine = AccessLogEntry.objects.filter(
        user=user, subject=AccessLogEntry.FOUND, subject_id__in=result, at__gte=moment - FOUND_HOLDS
    )
    lately = dict(mine.values_list("subject_id", "at"))
    same = {"user": user, "subject": AccessLogEntry.FOUND, "at": moment, "reason": words[:LONGEST_REASON]}
    request = logs.request_id.get()[:40]
    new = [AccessLogEntry(subject_id=pk, request_id=request, **same) for pk in result if pk not in lately]
    AccessLogEntry.objects.bulk_create(new)
    if len(_last_found) > MOST_REMEMBERED:
        _last_found.clear()
    _last_found.update(((user.pk, pk), lately.get(pk, moment)) for pk in result)


def _found_lately(user: int, person: int, moment: datetime) -> bool:
    last = _last_found.get((user, person))
    return last is not None and timedelta(0) <= moment - last <= FOUND_HOLDS


def record_reading(
    *,
    user: User,
    subject: str,
    subject_id: int,
    reason: str = "",
    once_since: datetime | None = None,
    stated: bool = False,
) -> None:
    """Keep that `user` read the file of a "person" or a "case" (Act respecting Access, CQLR c. A-2.1). One insert.

    With `once_since`, a reading of the same file for the same reason that was kept since that moment is enough.
    `stated`: the reason was asked for, since the file is sensitive; it opens it for a while (`queries.gave_reason`).
    """
    reading = AccessLogEntry(
        user=user,
        subject=subject,
        subject_id=subject_id,
        at=clock.now(),
        reason=reason[:LONGEST_REASON],
        stated=stated,
        request_id=logs.request_id.get()[:40],
    )
    same = AccessLogEntry.objects.filter(user=user, subject=subject, subject_id=subject_id, reason=reading.reason)
    if once_since is None or not same.filter(at__gte=once_since).exists():
        insert(reading)
