"""Comments: acknowledged on arrival, read by the departments, counted; they have no promise."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from parvis.apps.cases.queries import cases
from parvis.apps.cases.queries.access import may
from parvis.apps.cases.rules.states import Transition
from parvis.apps.directory.models import Department
from parvis.apps.directory.rules.permissions import Action
from parvis.lib.clock import now
from parvis.lib.i18n.localized import localized
from parvis.surfaces.desk.gate import agent_of, by_slug, requires
from parvis.surfaces.desk.queue.screen import departments_of

PAGE = 50
REPORT_PERIOD = timedelta(days=30)


@requires(Action.READ_CASE, "GET")
def comments(request: HttpRequest) -> HttpResponseBase:
    """The comments to be noted, of one or all readable departments, and the report of the last 30 days."""
    user = agent_of(request)
    departments = departments_of(user)
    chosen = by_slug(departments, request.GET.get("department", ""))
    shown = [chosen] if chosen else departments
    after = request.GET.get("after", "")[:80]
    page = cases.queue([department.pk for department in shown], "comments", user=user, after=after or None, limit=PAGE)
    rows = [{"case": row.case, "notable": may(user, Transition.CLOSE, row.case)} for row in page.rows]
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
    """The comments of the last 30 days by subject and department, of these departments."""
    names = {department.name_fr for department in departments}
    rows = [row for row in cases.comments_report(now() - REPORT_PERIOD) if row["department_fr"] in names]
    return [
        {name: localized(SimpleNamespace(**row), name) for name in ("subject", "department")}
        | {name: row[name] for name in ("total", "noted")}
        for row in rows
    ]
