"""Organisations: searched, shown with their members, edited."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.cases.queries import due_status
from parvis.apps.cases.queries.access import may_read
from parvis.apps.cases.queries.cases import of_people
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_reading
from parvis.apps.residents.models import Organisation
from parvis.apps.residents.queries import people
from parvis.apps.residents.queries.access import Field, may_see
from parvis.apps.residents.services.organisations import update_organisation
from parvis.lib import clock
from parvis.lib.words import one_line
from parvis.surfaces.desk.case.words import row_deadline
from parvis.surfaces.desk.gate import agent_of, in_common, requires, submit
from parvis.surfaces.desk.people.forms import OrganisationForm
from parvis.ui.messages import done
from parvis.ui.views import or_404

SHORTEST = 2


@requires(Action.READ_PERSON, "GET")
def organisations(request: HttpRequest) -> HttpResponseBase:
    """The organisations found by words; the latest ones without words."""
    text = one_line(request.GET.get("q", ""))[:200]
    matches = people.find_organisations(text, limit=20) if text else people.latest_organisations()
    return render(request, "desk/organisations/list.html", {"q": text, "found": matches})


@requires(Action.READ_PERSON, "GET")
def options(request: HttpRequest) -> HttpResponseBase:
    """Autocompletion of organisations by prefixes of their words."""
    text = request.GET.get("q", "").strip()
    matches = people.find_organisations(text) if len(text) >= SHORTEST else []
    rows = [{"label": row.name, "value": row.pk, "detail": row.place, "icon": "building-2"} for row in matches]
    return render(request, "ui/parts/options.html", {"options": rows})


@requires(Action.READ_PERSON, "GET")
def organisation(request: HttpRequest, organisation_id: int) -> HttpResponseBase:
    """The file of an organisation: its details, its members and their roles, their cases."""
    found = _organisation(organisation_id)
    record_reading(user=agent_of(request), subject="organisation", subject_id=found.pk)
    return _show(request, found)


def _organisation(organisation_id: int) -> Organisation:
    return or_404(people.organisation(organisation_id))


def _show(request: HttpRequest, organisation: Organisation, form: OrganisationForm | None = None) -> HttpResponseBase:
    user, today = agent_of(request), clock.today()
    members = people.members(organisation)
    common = in_common(user, [row.person for row in members])
    visible = [row for row in members if may_see(row.person, Field.FILE, user, in_common=row.person.pk in common)]
    cases = of_people([row.person.pk for row in visible if row.holds(today)], limit=20)
    fields = ("name", "kind", "phone", "email", "place", "note")
    context: dict[str, Any] = {
        "organisation": organisation,
        "members": [(row, row.holds(today)) for row in visible],
        "hidden": len(members) - len(visible),
        "rows": [{"case": case, "face": row_deadline(due_status.row(case))} for case in cases if may_read(user, case)],
        "form": form or OrganisationForm(initial={name: getattr(organisation, name) for name in fields}),
        "may_write": user.may(Action.WRITE_PERSON),
    }
    return render(request, "desk/organisations/page.html", context, status=422 if form else 200)


@requires(Action.WRITE_PERSON, "POST")
def mend(request: HttpRequest, organisation_id: int) -> HttpResponseBase:
    """Changes the details of an organisation."""
    current, form = _organisation(organisation_id), OrganisationForm(request.POST)

    def run() -> object:
        values = dict(form.cleaned_data)
        place = one_line(values.pop("place"))
        address = current.address if current.address and current.place == place else None
        return update_organisation(
            organisation_id=current.pk, **values, address=address, address_text=place, by=agent_of(request)
        )

    _made, status = submit(form, run)
    if status != 200:
        return _show(request, current, form)
    done(request, _("It is kept."))
    return redirect("desk:organisation", current.pk)
