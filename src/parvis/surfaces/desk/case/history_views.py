"""All that was said with a person, or about a case: the page that the citizen sees, for those who answer them."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from parvis.apps.cases.access import may_read
from parvis.apps.cases.models import Case
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.services import record_reading
from parvis.apps.intake.contact_history import history_of_case, history_of_people
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries import ids_of
from parvis.surfaces.desk.case.screen import readable
from parvis.surfaces.desk.gate import agent_of, can_see_place, needs_reason, requires
from parvis.surfaces.desk.people.views import ask_reason, file_of


@requires(Action.READ_CASE, "GET")
def case(request: HttpRequest, reference: str) -> HttpResponseBase:
    """What was said about one case. Reading one that has a person is logged; a protected address asks for a reason."""
    result = readable(request, reference)
    if result.person is not None and not can_see_place(agent_of(request), result):
        return ask_reason(request, result.person.canonical)
    if result.person_id:
        record_reading(user=agent_of(request), subject="case", subject_id=result.pk, reason=result.reference)
    context: dict[str, Any] = {"told": history_of_case(result), "case": result}
    return render(request, "desk/history/page.html", context)


@requires(Action.READ_PERSON, "GET")
def person(request: HttpRequest, person_id: int) -> HttpResponseBase:
    """What was said with one person, without the cases that the reader may not read. The reading is logged."""
    user = agent_of(request)
    result = file_of(person_id).canonical
    if needs_reason(user, result):
        return ask_reason(request, result)
    record_reading(user=user, subject="person", subject_id=result.pk, reason=request.GET.get("from", "")[:16])

    def reads(value: Case) -> bool:
        return may_read(user, value)

    told = history_of_people(
        Person.objects.filter(pk__in=ids_of(result)),
        url_of=lambda item: reverse("desk:case", args=[item.reference]),
        reads=reads,
    )
    return render(request, "desk/history/page.html", {"told": told, "person": result})
