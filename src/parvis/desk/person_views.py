"""Finding a case or a person from any screen, and reading a person's file. Who reads a file is kept."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from parvis.cases import queries as cases
from parvis.cases.access import may_read
from parvis.desk.case_words import face
from parvis.desk.gate import agent_of, only
from parvis.directory.permissions import Action
from parvis.directory.services import record_reading
from parvis.intake import queries as intake
from parvis.lib.ids import parse_reference
from parvis.residents import queries as residents
from parvis.residents.models import Person

FOUND = 12
readers_only = only(Action.READ_CASE)


@readers_only
@require_GET
def find(request: HttpRequest) -> HttpResponseBase:
    """Cases and people found by any words; a reference leads straight to its case."""
    user = agent_of(request)
    text = " ".join(request.GET.get("q", "").split())[:200]
    found = cases.find(text, user, limit=FOUND) if text else []
    if len(found) == 1 and parse_reference(text):
        return redirect("desk:case", found[0].reference)
    people = residents.find(text, limit=FOUND) if text and user.may(Action.READ_PERSON) else []
    rows = [{"case": one, "face": face(cases.row(one))} for one in found]
    context: dict[str, Any] = {"q": text, "rows": rows, "people": people}
    return render(request, "desk/persons/find.html", context)


@readers_only
@require_GET
def person(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """A person's file: how to reach them, their requests, their contacts, what they were told."""
    user = agent_of(request)
    rows = Person.objects.select_related("address__street").prefetch_related("phones")
    found = rows.filter(pk=person_id).first() if user.may(Action.READ_PERSON) else None
    if found is None:
        raise Http404
    record_reading(user=user, subject="person", subject_id=found.pk, reason=request.GET.get("from", "")[:16])
    theirs = cases.of_person(found)
    readable = [one for one in theirs if may_read(user, one)]
    context: dict[str, Any] = {
        "person": found,
        "rows": [{"case": one, "face": face(cases.row(one))} for one in readable],
        "elsewhere": len(theirs) - len(readable),
        "contacts": intake.contacts_of(found),
        "told": intake.told_before(found),
    }
    return render(request, "desk/persons/person.html", context)
