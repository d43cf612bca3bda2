"""To whom a case that comes to a department is given: named by a rule, chosen by presence and load, or nobody yet."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from parvis.apps.cases.models import Case, State
from parvis.apps.directory.models import Absence, Department, User
from parvis.apps.directory.permissions import Action, roles_with
from parvis.apps.directory.posts import posted
from parvis.apps.directory.queries import PRESENT_FOR, assignee_for, posts, working_calendar
from parvis.lib.clock import now, today


@dataclass(frozen=True)
class Worker:
    """Someone who may work on a department's cases: how many open ones they have, whether they are there, or away.

    `posted`: their hours do not hold them in another department then, such as the answering desk.
    """

    user: User
    load: int
    present: bool
    away: bool
    posted: bool = True


def workers_of(department: Department) -> list[Worker]:
    """Who may take a case of that department: those who are there first, then the least laden; the absent last.

    Someone who works in several departments counts all that is theirs. One query, beside the hours, remembered.
    """
    roles = roles_with(Action.WORK_CASE)
    users = User.objects.filter(is_active=True, memberships__department=department, memberships__role__in=roles)
    theirs = Case.objects.filter(owner=OuterRef("pk")).exclude(state=State.CLOSED).order_by()
    absent = Absence.objects.filter(user=OuterRef("pk"), first_day__lte=today(), last_day__gte=today())
    rows = users.distinct().annotate(
        load=Coalesce(Subquery(theirs.values("owner").annotate(n=Count("pk")).values("n")), 0),
        seen_at=F("presence__seen_at"),
        away=Exists(absent),
    )
    since, places, here = now() - PRESENT_FOR, posts(), working_calendar().local(now())
    workers = []
    for row in rows:
        there = posted(places.get(row.pk, ()), department.pk, here)
        seen = bool(row.seen_at and row.seen_at >= since)
        workers.append(Worker(row, row.load, seen and there and not row.away, row.away, there))
    return sorted(
        workers,
        key=lambda worker: (worker.away, not worker.present, not worker.posted, worker.load, worker.user.alphabetical),
    )


@dataclass(frozen=True)
class Assigned:
    """Who receives a case, None for the queue of the department; `why` is what its entry keeps of it."""

    user: User | None = None
    why: dict[str, Any] = field(default_factory=dict)


def assigned(department: Department, *, owner: User | None = None, on: date, but: User | None = None) -> Assigned:
    """To whom a case goes: the `owner` that a rule names or their stand-in, else as the department wishes.

    Where work goes by load: the first of `workers_of` who is neither away nor held elsewhere by their hours; `but`, who
    has just sent it on, never receives it back. Nobody: it waits in the queue.
    """
    named = assignee_for(department, owner=owner, on=on)
    if named is not None and owner is not None:
        return Assigned(named, {"by": "rule", "to": named.username, "named": owner.username})
    if department.assignment != Department.Assignment.LOAD:
        return Assigned()
    first = next(
        (worker for worker in workers_of(department) if not worker.away and worker.posted and worker.user != but), None
    )
    if first is None:
        return Assigned()
    return Assigned(first.user, {"by": "load", "to": first.user.username, "open": first.load, "present": first.present})
