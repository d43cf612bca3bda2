"""Who read whose file: the log that the privacy officer keeps an eye on (Act respecting Access, A-2.1)."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from parvis.apps.cases.models import Case
from parvis.apps.directory import queries as directory
from parvis.apps.directory.models import AccessLogEntry
from parvis.apps.directory.permissions import Action
from parvis.apps.residents.models import Organisation, Person
from parvis.lib.words import number
from parvis.surfaces.desk.gate import requires

PAGE = 50


@requires(Action.READ_AUDIT, "GET")
def readings(request: HttpRequest) -> HttpResponseBase:
    """The readings, the newest first; `?person=` and `?case=` keep those of one file, `?by=` those of one colleague.

    `?stated=1` keeps the reasons given for sensitive files.
    """
    wanted = {name: request.GET.get(name, "") for name in ("person", "case", "by", "stated")}
    rows, following = directory.readings(**wanted, after=request.GET.get("after", ""), limit=PAGE)
    kept = "".join(f"{name}={value}&" for name, value in wanted.items() if number(value) is not None)
    context: dict[str, Any] = {
        "rows": _with_files(rows),
        "filtered": bool(kept),
        "next_url": f"?{kept}after={following}" if following else "",
    }
    return render(request, "desk/access_log/list.html", context)


def _with_files(rows: list[AccessLogEntry]) -> list[dict[str, Any]]:
    of_people = ("person", AccessLogEntry.FOUND)
    people = Person.objects.in_bulk([row.subject_id for row in rows if row.subject in of_people])
    cases = Case.objects.select_related("person").in_bulk([row.subject_id for row in rows if row.subject == "case"])
    firms = Organisation.objects.in_bulk([row.subject_id for row in rows if row.subject == "organisation"])
    return [
        {
            "reading": row,
            "found": row.subject == AccessLogEntry.FOUND,
            "person": people.get(row.subject_id) if row.subject in of_people else None,
            "organisation": firms.get(row.subject_id) if row.subject == "organisation" else None,
            "case": cases.get(row.subject_id) if row.subject == "case" else None,
        }
        for row in rows
    ]
