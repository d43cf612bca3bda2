"""One's own work, on its screen and in short beside a case: contacts, what calls one, cases, the queue."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from parvis.apps.cases import queries as cases
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.workspace import queries
from parvis.lib.clock import today
from parvis.surfaces.desk.call import screen
from parvis.surfaces.desk.case.words import face
from parvis.surfaces.desk.gate import agent_of
from parvis.surfaces.desk.queue import screen as queue_screen

BRIEF = 8
WHOLE = 40


def _contacts(request: HttpRequest, user: User, slug: str) -> dict[str, Any]:
    return {"tabs": screen.tabs(request) if user.may(Action.TAKE_CONTACT) else []}


def _waiting(request: HttpRequest, user: User, slug: str) -> dict[str, Any]:
    later = queries.follow_ups_of(user)
    return {
        "mentions": queries.mentions_of(user),
        "due": [follow_up for follow_up in later if follow_up.on <= today()],
        "ahead": [follow_up for follow_up in later if follow_up.on > today()],
    }


def _cases(request: HttpRequest, user: User, slug: str, limit: int = BRIEF) -> dict[str, Any]:
    return {"mine": [{"case": row.case, "face": face(row)} for row in queries.owned_by(user, limit)]}


def _queue(request: HttpRequest, user: User, slug: str) -> dict[str, Any]:
    departments = queue_screen.departments_of(user)
    department = next((item for item in departments if item.slug == slug), departments[0] if departments else None)
    if department is None:
        return {"department": None}
    page = cases.queue([department.pk], "open", user=user, limit=BRIEF)
    rows = [{"case": row.case, "face": face(row)} for row in page.rows]
    total = cases.counts(department.pk, user)["open"]
    return {"department": department, "rows": rows, "total": total, "told": queue_screen.how_many(total)}


PARTS: dict[str, Callable[[HttpRequest, User, str], dict[str, Any]]] = {
    "contacts": _contacts,
    "waiting": _waiting,
    "cases": _cases,
    "queue": _queue,
}


def part(request: HttpRequest, name: str, slug: str) -> dict[str, Any]:
    """What one part shows; `slug` is the department whose queue is asked for."""
    return PARTS[name](request, agent_of(request), slug)


def whole(request: HttpRequest) -> dict[str, Any]:
    """The whole screen of one's own work. Constant queries."""
    user = agent_of(request)
    return {**_contacts(request, user, ""), **_waiting(request, user, ""), **_cases(request, user, "", WHOLE)}
