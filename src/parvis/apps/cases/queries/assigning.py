"""Automatic assignment of cases that reach a department: by a routing rule, or by presence and workload."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from parvis.apps.cases.models import Case, State
from parvis.apps.catalogue.queries import restrictions
from parvis.apps.directory.models import Absence, Department, User
from parvis.apps.directory.queries import PRESENT_FOR, assignee_for, posts, working_calendar
from parvis.apps.directory.rules.permissions import Action, roles_with
from parvis.apps.directory.rules.posts import posted
from parvis.lib.clock import now, today


@dataclass(frozen=True)
class Worker:
    """Someone who may work on a department's cases, with the number of open cases they own.

    `posted` is False when their hours place them in another department now, such as the answering desk.
    """

    user: User
    load: int
    present: bool
    away: bool
    posted: bool = True


def workers_of(department: Department, *, subject_id: int | None = None) -> list[Worker]:
    """Who may take a case of that department: those present first, then the least loaded; those away last.

    The load counts the cases of all departments. With a restricted subject, only those whose posts open its cases. One
    query, besides the cached hours.
    """
    roles = roles_with(Action.WORK_CASE)
    users = User.objects.filter(is_active=True, memberships__department=department, memberships__role__in=roles)
    if subject_id is not None and restrictions.is_restricted(subject_id):
        users = users.filter(pk__in=User.objects.filter(restrictions.holders(subject_id)).values("pk"))
    owned = Case.objects.filter(owner=OuterRef("pk")).exclude(state=State.CLOSED).order_by()
    absences = Absence.objects.filter(user=OuterRef("pk"), first_day__lte=today(), last_day__gte=today())
    rows = users.distinct().annotate(
        load=Coalesce(Subquery(owned.values("owner").annotate(n=Count("pk")).values("n")), 0),
        seen_at=F("presence__seen_at"),
        away=Exists(absences),
    )
    seen_since, user_posts, local_now = now() - PRESENT_FOR, posts(), working_calendar().local(now())
    workers = []
    for row in rows:
        is_posted = posted(user_posts.get(row.pk, ()), department.pk, local_now)
        seen = bool(row.seen_at and row.seen_at >= seen_since)
        workers.append(Worker(row, row.load, seen and is_posted and not row.away, row.away, is_posted))
    return sorted(
        workers,
        key=lambda worker: (worker.away, not worker.present, not worker.posted, worker.load, worker.user.alphabetical),
    )


@dataclass(frozen=True)
class Assigned:
    """Who receives a case, None for the department's queue; `why` is recorded in the entry."""

    user: User | None = None
    why: dict[str, Any] = field(default_factory=dict)


def assigned(
    department: Department,
    *,
    subject_id: int | None,
    owner: User | None = None,
    on: date,
    but: User | None = None,
) -> Assigned:
    """Who receives a case: the `owner` named by a rule or their stand-in, else by the department's own setting.

    When it assigns by load: the first of `workers_of` who is neither away nor posted elsewhere, except `but`, who just
    passed the case on. Otherwise the case waits in the queue.
    """
    named = assignee_for(department, owner=owner, on=on)
    if named is not None and owner is not None:
        return Assigned(named, {"by": "rule", "to": named.username, "named": owner.username})
    if department.assignment != Department.Assignment.LOAD:
        return Assigned()
    workers = workers_of(department, subject_id=subject_id)
    first = next((one for one in workers if not one.away and one.posted and one.user != but), None)
    if first is None:
        return Assigned()
    return Assigned(first.user, {"by": "load", "to": first.user.username, "open": first.load, "present": first.present})
