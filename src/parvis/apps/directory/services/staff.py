"""Staff presence, the access log, department assignment and hours, sample accounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory import queries
from parvis.apps.directory.models import AccessLogEntry, Department, Membership, Presence, Town, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.rules.posts import read_hours
from parvis.lib import clock, logs
from parvis.lib.database.rows import Compiled, insert
from parvis.lib.errors import Invalid, NotAllowed

SEEN_EVERY = timedelta(minutes=1)
FOUND_HOLDS = timedelta(minutes=10)
MOST_REMEMBERED = 20_000  # entries of _last_found
LONGEST_REASON = 200  # characters

_last_seen: dict[int, datetime] = {}  # by user id
_last_found: dict[tuple[int, int], datetime] = {}  # by (user id, person id)


def record_presence(*, user: User, status: Presence.Status | None = None) -> None:
    """Records that the user is online; None leaves their status unchanged.

    Called on every page: without a status, it costs no query within a minute of the last write.
    """
    now = clock.now()
    last = _last_seen.get(user.pk)
    if status is None and last is not None and timedelta(0) <= now - last < SEEN_EVERY:
        return
    row = Presence(user=user, seen_at=now, status=status or Presence.Status.FREE)
    fields = ["seen_at"] if status is None else ["seen_at", "status"]
    Presence.objects.bulk_create([row], update_conflicts=True, unique_fields=["user"], update_fields=fields)
    _last_seen[user.pk] = now


def end_sessions(*, user: User) -> int:
    """Ends the user's sessions on every device, effective from their next request; returns how many."""
    held = [
        session.pk
        for session in Session.objects.filter(expire_date__gte=clock.now()).iterator()
        if session.get_decoded().get("_auth_user_id") == str(user.pk)
    ]
    Session.objects.filter(pk__in=held).delete()
    return len(held)


def forget() -> None:
    """Clears this process's caches of presence and of people found."""
    _last_seen.clear()
    _last_found.clear()


@dataclass(frozen=True)
class Retired:
    """The number of sample accounts closed and of sample heads removed."""

    accounts: int
    heads: int


def store_calendar_mark(*, mark: str) -> None:
    """Stores the mark (`queries.calendar_mark`) of the calendar that the promises of open requests follow."""
    Town.objects.update(calendar_hash=mark)
    queries.forget()


@transaction.atomic
def set_assignment(*, department: Department, assignment: str, by: User) -> None:
    """Sets how a department's new cases are assigned. Raises NotAllowed, Invalid (assignment)."""
    _refuse_unless_assigning(by, department.pk)
    if assignment not in Department.Assignment.values:
        raise Invalid.in_field("assignment", _("Choose one of the values offered."))
    Department.objects.filter(pk=department.pk).update(assignment=assignment)


@transaction.atomic
def set_hours(*, membership: Membership, typed: str, by: User) -> None:
    """Sets a membership's hours, in the format of `posts.read_hours`; "" means whenever not scheduled elsewhere.

    Raises NotAllowed, and Invalid (hours) for a wrong format.
    """
    _refuse_unless_assigning(by, membership.department_id)
    try:
        hours = read_hours(typed)
    except ValueError as error:
        text = _("Write hours such as “mon 8:30-12:00, wed 8:30-12:00”; “%(part)s” cannot be read.") % {"part": error}
        raise Invalid(text, {"hours": text}) from error
    Membership.objects.filter(pk=membership.pk).update(hours=hours)
    queries.forget()


def refuse_unless_routing(by: User) -> None:
    """Raises NotAllowed when the user's role does not manage routing."""
    by.require(Action.SET_ROUTING, _("Your role does not set where requests go."))


def _refuse_unless_assigning(by: User, department_id: int) -> None:
    by.require(Action.SET_ASSIGNMENT, _("Your role does not set how a department receives requests."))
    if not queries.may_on(by, Action.SET_ASSIGNMENT, department_id):
        raise NotAllowed(_("Another manager looks after this department."))


@transaction.atomic
def retire_samples() -> Retired:
    """Deactivates sample accounts and removes them as department heads; for a start outside the demonstration.

    Their cases stay in their name, for the department to take. Marks the town's folder as changed, so that loading it
    again in a demonstration reactivates them.
    """
    heads = Department.objects.filter(head__sample=True).update(head=None)
    accounts = User.objects.filter(sample=True, is_active=True).update(is_active=False)
    if heads or accounts:
        Town.objects.update(folder_hash="")
    return Retired(accounts, heads)


_same_reading = Compiled(
    lambda user, subject, subject_id, reason, since: AccessLogEntry.objects.filter(
        user_id=user, subject=subject, subject_id=subject_id, reason=reason, at__gte=since
    ).values_list("pk")[:1]
)


def record_found(*, user: User, person_ids: Iterable[int], words: str) -> None:
    """Logs, one row per person, that a search by these words showed them to `user`.

    Searching as one types shows the same people repeatedly: each is logged once per FOUND_HOLDS and user. No query when
    this process logged them all, one when other processes did, two otherwise.
    """
    moment = clock.now()
    new_ids = [pk for pk in dict.fromkeys(person_ids) if not _found_recently(user.pk, pk, moment)]
    if not new_ids:
        return
    rows = AccessLogEntry.objects.filter(
        user=user, subject=AccessLogEntry.FOUND, subject_id__in=new_ids, at__gte=moment - FOUND_HOLDS
    )
    logged = dict(rows.values_list("subject_id", "at"))
    common = {"user": user, "subject": AccessLogEntry.FOUND, "at": moment, "reason": words[:LONGEST_REASON]}
    request = logs.request_id.get()[:40]
    AccessLogEntry.objects.bulk_create(
        [AccessLogEntry(subject_id=pk, request_id=request, **common) for pk in new_ids if pk not in logged]
    )
    if len(_last_found) > MOST_REMEMBERED:
        _last_found.clear()
    _last_found.update(((user.pk, pk), logged.get(pk, moment)) for pk in new_ids)


def _found_recently(user_id: int, person_id: int, moment: datetime) -> bool:
    last = _last_found.get((user_id, person_id))
    return last is not None and timedelta(0) <= moment - last <= FOUND_HOLDS


def record_factor_reset(*, user: User, by: User) -> None:
    """Logs that the second factor of `user` was removed in the name of `by`; the privacy officer reads it."""
    insert(AccessLogEntry(user=by, subject=AccessLogEntry.FACTOR, subject_id=user.pk, at=clock.now()))


def record_readings(*, user: User, subject: str, subject_ids: Iterable[int], once_since: datetime) -> None:
    """As `record_reading`, for several at once: those of the same subject logged since are not logged again.

    The "health" or the "custody" of people, by their individuals. Two queries.
    """
    ids = set(subject_ids)
    if not ids:
        return
    same = AccessLogEntry.objects.filter(user=user, subject=subject, subject_id__in=ids, reason="", at__gte=once_since)
    new = ids.difference(same.values_list("subject_id", flat=True))
    common = {"user": user, "subject": subject, "at": clock.now(), "request_id": logs.request_id.get()[:40]}
    AccessLogEntry.objects.bulk_create([AccessLogEntry(subject_id=pk, **common) for pk in sorted(new)])


def record_reading(
    *,
    user: User,
    subject: str,
    subject_id: int,
    reason: str = "",
    once_since: datetime | None = None,
    stated: bool = False,
) -> None:
    """Logs that `user` read the file of a "person", a "case" or a "household", or the list of a "group" (Act respecting
    Access, CQLR c. A-2.1). One insert.

    With `once_since`, nothing is logged when the same reading, for the same reason, was logged since. `stated`: the
    user gave the reason to open a sensitive file, which unlocks it for a while (`queries.gave_reason`).
    """
    entry = AccessLogEntry(
        user=user,
        subject=subject,
        subject_id=subject_id,
        at=clock.now(),
        reason=reason[:LONGEST_REASON],
        stated=stated,
        request_id=logs.request_id.get()[:40],
    )
    if once_since is None or not _same_reading(user.pk, subject, subject_id, entry.reason, once_since):
        insert(entry)
