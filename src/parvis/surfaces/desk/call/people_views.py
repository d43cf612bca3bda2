"""Who is on the line, and where: proposals while one types, a person chosen or registered. Never demanded."""

import re

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.services import record_found
from parvis.apps.intake import services
from parvis.apps.places import queries as places
from parvis.apps.residents import queries as residents
from parvis.apps.residents.access import Field, may_see
from parvis.apps.residents.contact_details import Unreadable, clean_phone
from parvis.apps.residents.models import Person
from parvis.lib.errors import NotFound, Refused
from parvis.lib.words import number
from parvis.surfaces.desk.call import screen
from parvis.surfaces.desk.call.forms import PersonForm
from parvis.surfaces.desk.call.matter_views import newcomer
from parvis.surfaces.desk.call.views import by_script, contact_url
from parvis.surfaces.desk.gate import agent_of, my_contact, requires

SHORTEST = 2
_CIVIC = re.compile(r"^[\s\W]*(?:(?:app?\.?|apt\.?|unit[eé]?|no\.?)?\s*\d+\s*\w?\b[\s,\-#]*)+", re.IGNORECASE)


@requires(Action.TAKE_CONTACT, "GET")
def find_places(request: HttpRequest) -> HttpResponseBase:
    """Civic addresses that begin as typed, as options."""
    text = request.GET.get("q", "").strip()
    result = places.complete(text, limit=8) if len(text) >= SHORTEST else []
    options = [
        {"label": address.label, "value": address.pk, "detail": str(address.sector or ""), "icon": "map-pin"}
        for address in result
    ]
    return render(request, "ui/parts/options.html", {"options": options})


@requires(Action.TAKE_CONTACT, "GET")
def find_people(request: HttpRequest) -> HttpResponseBase:
    """People found by number, name, e-mail or address, as options; only what tells two people apart is shown."""
    text, agent = request.GET.get("q", "").strip(), agent_of(request)
    result = residents.find(text, limit=8) if len(text) >= SHORTEST else []
    record_found(user=agent, person_ids=[person.pk for person in result], words=text)
    dialled = _whole_number(text)
    holders = [person.pk for person in result if any(phone.number == dialled for phone in person.phones.all())]
    shared = _("shared number") if len(holders) > 1 else ""
    options = [
        {
            "label": person.name,
            "value": f"{person.pk} {dialled}".strip(),
            "detail": _told_apart_by(person, agent),
            "icon": "users" if shared and person.pk in holders else "user",
            "kind": shared if person.pk in holders else "",
        }
        for person in result
    ]
    return render(request, "ui/parts/options.html", {"options": options})


def _whole_number(text: str) -> str:
    """The number that was typed, in E.164, when it is one to the last digit; "" for anything else."""
    try:
        return clean_phone(text) if any(char.isdigit() for char in text) else ""
    except Unreadable:
        return ""


def _told_apart_by(person: Person, agent: User) -> str:
    """The last digits of a number and the street: enough to choose, too little to read a file without choosing it."""
    if not (may_see(person, Field.PHONE, agent) and may_see(person, Field.ADDRESS, agent)):
        return _("sensitive file")
    first = next(iter(person.phones.all()), None)
    words = _CIVIC.sub("", person.address_text).partition(",")[0].strip()
    place = person.address.street.name if person.address else words
    return ", ".join(part for part in (f"••• {first.number[-4:]}" if first else "", place) if part)


@requires(Action.TAKE_CONTACT, "POST")
def identify(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Says who is on the line (`person`), or that nobody is known any more; answers the person's pane to the script.

    The number at which they were found comes after theirs, when it was typed whole: the contact came by it.
    """
    agent, (typed, _space, dialled) = agent_of(request), request.POST.get("person", "").partition(" ")
    chosen = number(typed)
    person = residents.by_id(chosen) if chosen is not None else None
    if typed and (person is None or not agent.may(Action.READ_PERSON)):
        raise Http404
    try:
        services.identify(contact_id=contact_id, person=person, phone=_whole_number(dialled), by=agent)
    except NotFound as refused:
        raise Http404 from refused
    return _pane(request, contact_id)


@requires(Action.TAKE_CONTACT, "POST")
def new_person(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Registers someone new and says that they are on the line."""
    contact, form = my_contact(request, contact_id), PersonForm(request.POST)
    if form.is_valid():
        values = {**form.cleaned_data, "language": contact.language, "audience": contact.audience}
        try:
            services.identify_newcomer(
                contact_id=contact_id,
                newcomer=newcomer(values, address=values["address"], address_text=values["place"]),
                by=agent_of(request),
            )
            return _pane(request, contact_id)
        except Refused as refused:
            for name, text in refused.fields.items():
                form.add_error(name if name in form.fields else None, text)
            if not refused.fields:
                form.add_error(None, refused.message)
    context = {**screen.person_pane(contact), "person_form": form}
    return render(request, "desk/call/person.html", context, status=422)


def _pane(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    if not by_script(request):
        return redirect(contact_url(contact_id))
    contact = my_contact(request, contact_id)
    return render(request, "desk/call/person.html", screen.person_pane(contact))
