"""The access log of files, read by the privacy officer (Act respecting Access, A-2.1)."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from parvis.apps.cases.models import Case
from parvis.apps.directory import queries as directory
from parvis.apps.directory.models import AccessLogEntry, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.households.models import Household, Individual
from parvis.apps.leisure.models import Group
from parvis.apps.residents.models import Organisation, Person
from parvis.lib.words import number
from parvis.surfaces.desk.gate import requires

PAGE = 50


@requires(Action.READ_AUDIT, "GET")
def readings(request: HttpRequest) -> HttpResponseBase:
    """The log, newest first, filtered by file (`?person=`, `?case=`), by reader (`?by=`), or to the reasons given for
    sensitive files (`?stated=1`).
    """
    filters = {name: request.GET.get(name, "") for name in ("person", "case", "by", "stated")}
    entries, following = directory.readings(**filters, after=request.GET.get("after", ""), limit=PAGE)
    query = "".join(f"{name}={value}&" for name, value in filters.items() if number(value) is not None)
    context: dict[str, Any] = {
        "rows": _with_files(entries),
        "filtered": bool(query),
        "next_url": f"?{query}after={following}" if following else "",
    }
    return render(request, "desk/access_log/list.html", context)


def _with_files(entries: list[AccessLogEntry]) -> list[dict[str, Any]]:
    def ids(*kinds: str) -> list[int]:
        return [entry.subject_id for entry in entries if entry.subject in kinds]

    of_people = ("person", AccessLogEntry.FOUND)
    people = Person.objects.in_bulk(ids(*of_people))
    cases = Case.objects.select_related("person").in_bulk(ids("case"))
    organisations = Organisation.objects.in_bulk(ids("organisation"))
    households = Household.objects.in_bulk(ids("household"))
    groups = Group.objects.select_related("activity").in_bulk(ids("group"))
    children = Individual.objects.in_bulk(ids("health", "custody"))
    owners = User.objects.in_bulk(ids(AccessLogEntry.FACTOR))
    return [
        {
            "reading": entry,
            "found": entry.subject == AccessLogEntry.FOUND,
            "person": people.get(entry.subject_id) if entry.subject in of_people else None,
            "organisation": organisations.get(entry.subject_id) if entry.subject == "organisation" else None,
            "household": households.get(entry.subject_id) if entry.subject == "household" else None,
            "group": groups.get(entry.subject_id) if entry.subject == "group" else None,
            "health": children.get(entry.subject_id) if entry.subject == "health" else None,
            "custody": children.get(entry.subject_id) if entry.subject == "custody" else None,
            "owner": owners.get(entry.subject_id) if entry.subject == AccessLogEntry.FACTOR else None,
            "case": cases.get(entry.subject_id) if entry.subject == "case" else None,
        }
        for entry in entries
    ]
