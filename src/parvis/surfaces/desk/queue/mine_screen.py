"""Template context of the user's own work: contacts, mentions and follow-ups, cases, the queue."""

from typing import Any

from django.http import HttpRequest

from parvis.apps.cases import queries as cases
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.workspace import queries
from parvis.lib.clock import today
from parvis.surfaces.desk.call import screen
from parvis.surfaces.desk.case.words import row_deadline
from parvis.surfaces.desk.gate import agent_of, by_slug
from parvis.surfaces.desk.queue import screen as queue_screen

BRIEF = 8
WHOLE = 40


PARTS = ("contacts", "waiting", "cases", "queue")


def _contacts(request: HttpRequest) -> dict[str, Any]:
    return {"tabs": screen.tabs(request) if agent_of(request).may(Action.TAKE_CONTACT) else []}


def _waiting(user: User) -> dict[str, Any]:
    follow_ups = queries.follow_ups_of(user)
    return {
        "mentions": queries.mentions_of(user),
        "due": [follow_up for follow_up in follow_ups if follow_up.on <= today()],
        "ahead": [follow_up for follow_up in follow_ups if follow_up.on > today()],
    }


def _cases(user: User, limit: int) -> dict[str, Any]:
    return {"mine": [{"case": row.case, "face": row_deadline(row)} for row in queries.owned_by(user, limit)]}


def _queue(user: User, slug: str) -> dict[str, Any]:
    departments = queue_screen.departments_of(user)
    department = by_slug(departments, slug) or (departments[0] if departments else None)
    if department is None:
        return {"department": None}
    page = cases.queue([department.pk], "open", user=user, limit=BRIEF)
    rows = [{"case": row.case, "face": row_deadline(row)} for row in page.rows]
    total = cases.counts(department.pk, user)["open"]
    return {"department": department, "rows": rows, "total": total, "told": queue_screen.format_count(total)}


def part(request: HttpRequest, name: str, slug: str) -> dict[str, Any]:
    """The context of one of PARTS, in brief; `slug` is the department of the queue."""
    user = agent_of(request)
    if name == "contacts":
        return _contacts(request)
    if name == "waiting":
        return _waiting(user)
    return _cases(user, BRIEF) if name == "cases" else _queue(user, slug)


def whole(request: HttpRequest) -> dict[str, Any]:
    """The whole screen. Constant queries."""
    user = agent_of(request)
    return {**_contacts(request), **_waiting(user), **_cases(user, WHOLE)}
