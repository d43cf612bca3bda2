"""The contact history of a person or a case, as the citizen sees it, for agents."""

from functools import partial

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from parvis.apps.cases.queries.access import may_read
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_reading
from parvis.apps.intake.queries.contact_history import history_of_case, history_of_people
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.people import ids_of
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, can_see_place, needs_reason, requires
from parvis.surfaces.desk.people.views import ask_reason, file_of


@requires(Action.READ_CASE, "GET")
def case(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The history of one case. Logged when the case has a person; a protected address asks for a reason first."""
    found = readable(request, reference)
    if found.person is not None and not can_see_place(agent_of(request), found):
        return ask_reason(request, found.person.canonical)
    if found.person_id:
        record_reading(user=agent_of(request), subject="case", subject_id=found.pk, reason=found.reference)
    return render(request, "desk/history/page.html", {"told": history_of_case(found), "case": found})


@requires(Action.READ_PERSON, "GET")
def person(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """The history of one person, without the cases the user may not read. The reading is logged."""
    user = agent_of(request)
    file = file_of(person_id).canonical
    if needs_reason(user, file):
        return ask_reason(request, file)
    record_reading(user=user, subject="person", subject_id=file.pk, reason=request.GET.get("from", "")[:16])
    history = history_of_people(
        Person.objects.filter(pk__in=ids_of(file)),
        url_of=lambda case: reverse("desk:case", args=[case.reference]),
        reads=partial(may_read, user),
    )
    return render(request, "desk/history/page.html", {"told": history, "person": file})
