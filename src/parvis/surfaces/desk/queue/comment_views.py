"""Comments: thanked when they arrive, read by whom they concern, counted; nothing is promised of them."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from parvis.apps.cases import queries as cases
from parvis.apps.cases.access import may
from parvis.apps.cases.states import Move
from parvis.apps.directory.models import Department
from parvis.apps.directory.permissions import Action
from parvis.lib.clock import now
from parvis.lib.localized import localized
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.queue.screen import departments_of

PAGE = 50
REPORTED = timedelta(days=30)


@requires(Action.READ_CASE, "GET")
def comments(request: HttpRequest) -> HttpResponseBase:
    """The comments not yet noted, of one department or of all those one reads, and the report of the last 30 days."""
    user = agent_of(request)
    departments = departments_of(user)
    slug = request.GET.get("department", "")
    chosen = next((department for department in departments if department.slug == slug), None)
    shown = [chosen] if chosen else departments
    after = request.GET.get("after", "")[:80]
    page = cases.queue([department.pk for department in shown], "comments", user=user, after=after or None, limit=PAGE)
    rows = [{"case": row.case, "notable": may(user, Move.CLOSE, row.case)} for row in page.rows]
    query = f"department={chosen.slug}&" if chosen else ""
    context: dict[str, Any] = {
        "rows": rows,
        "departments": departments,
        "department": chosen,
        "next_url": f"?{query}after={page.next}" if page.next else "",
        "report": _report(departments),
    }
    return render(request, "desk/comments/list.html", context)


def _report(departments: list[Department]) -> list[dict[str, Any]]:
    """The comments of the last 30 days by subject and department, those of the departments one reads."""
    names = {department.name_fr for department in departments}
    rows = [row for row in cases.comments_report(now() - REPORTED) if row["department_fr"] in names]
    return [
        {
            "subject": localized(_Row(row), "subject"),
            "department": localized(_Row(row), "department"),
            "total": row["total"],
            "noted": row["noted"],
        }
        for row in rows
    ]


class _Row:
    """A counted row, read like any bilingual text."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)
