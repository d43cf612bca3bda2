"""The organisations: found, registered, read, mended; who belongs to each."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.cases import due_status
from parvis.apps.cases.access import may_read
from parvis.apps.cases.queries import of_people
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.services import record_reading
from parvis.apps.residents import queries as residents
from parvis.apps.residents import services
from parvis.apps.residents.access import Field, may_see
from parvis.apps.residents.models import Organisation
from parvis.lib import clock
from parvis.lib.errors import Invalid, NotFound
from parvis.lib.words import one_line
from parvis.surfaces.desk.case.words import face
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.surfaces.desk.people.forms import OrganisationForm
from parvis.ui.messages import done

SHORTEST = 2


@requires(Action.READ_PERSON, "GET")
def organisations(request: HttpRequest) -> HttpResponseBase:
    """The organisations found by words."""
    text = one_line(request.GET.get("q", ""))[:200]
    result = residents.find_organisations(text, limit=20) if text else residents.latest_organisations()
    return render(request, "desk/organisations/list.html", {"q": text, "found": result})


@requires(Action.READ_PERSON, "GET")
def options(request: HttpRequest) -> HttpResponseBase:
    """The organisations whose words begin as typed, as options."""
    text = request.GET.get("q", "").strip()
    result = residents.find_organisations(text) if len(text) >= SHORTEST else []
    rows = [{"label": item.name, "value": item.pk, "detail": item.place, "icon": "building-2"} for item in result]
    return render(request, "ui/parts/options.html", {"options": rows})


@requires(Action.READ_PERSON, "GET")
def organisation(request: HttpRequest, organisation_id: int) -> HttpResponseBase:
    """The file of an organisation: how to reach it, who belongs to it and as what, their requests."""
    result = residents.organisation(organisation_id)
    if result is None:
        raise Http404
    record_reading(user=agent_of(request), subject="organisation", subject_id=result.pk)
    return _show(request, result)


def _show(request: HttpRequest, value: Organisation, form: OrganisationForm | None = None) -> HttpResponseBase:
    user, today = agent_of(request), clock.today()
    members = residents.members(value)
    here = [row.person for row in members if row.holds(today)]
    theirs = [
        of_person
        for of_person in of_people([item.pk for item in here if may_see(item, Field.FILE, user)], limit=20)
        if may_read(user, of_person)
    ]
    fields = ("name", "kind", "phone", "email", "place", "note")
    context: dict[str, Any] = {
        "organisation": value,
        "members": [(row, row.holds(today)) for row in members if may_see(row.person, Field.FILE, user)],
        "hidden": sum(not may_see(row.person, Field.FILE, user) for row in members),
        "rows": [{"case": case, "face": face(due_status.row(case))} for case in theirs],
        "form": form or OrganisationForm(initial={name: getattr(value, name) for name in fields}),
        "may_write": user.may(Action.WRITE_PERSON),
    }
    return render(request, "desk/organisations/page.html", context, status=422 if form else 200)


@requires(Action.WRITE_PERSON, "POST")
def mend(request: HttpRequest, organisation_id: int) -> HttpResponseBase:
    """What is known of it from now on."""
    result, form = residents.organisation(organisation_id), OrganisationForm(request.POST)
    if result is None:
        raise Http404
    if form.is_valid():
        typed = dict(form.cleaned_data)
        place = one_line(typed.pop("place"))
        address = result.address if result.address and result.place == place else None
        try:
            services.mend_organisation(
                organisation_id=result.pk, **typed, address=address, address_text=place, by=agent_of(request)
            )
        except Invalid as wrong:
            form.refuse(wrong.fields, wrong.message)
        except NotFound as missing:
            raise Http404 from missing
        else:
            done(request, _("It is kept."))
            return redirect("desk:organisation", result.pk)
    return _show(request, result, form)
