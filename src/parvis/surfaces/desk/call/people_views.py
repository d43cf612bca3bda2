"""Identification of the caller, always optional: autocompletion of people and places, a person chosen or added."""

import re

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_found
from parvis.apps.intake.services import contacts
from parvis.apps.places.queries import suggesting
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.access import Field, may_see
from parvis.apps.residents.queries.contact_details import Unreadable, clean_phone
from parvis.apps.residents.queries.people import by_id, find
from parvis.lib.words import number
from parvis.surfaces.desk.call import screen
from parvis.surfaces.desk.call.forms import PersonForm
from parvis.surfaces.desk.call.matter_views import newcomer
from parvis.surfaces.desk.call.views import by_script, contact_url
from parvis.surfaces.desk.gate import agent_of, my_contact, requires, submit

SHORTEST = 2
_CIVIC = re.compile(r"^[\s\W]*(?:(?:app?\.?|apt\.?|unit[eé]?|no\.?)?\s*\d+\s*\w?\b[\s,\-#]*)+", re.IGNORECASE)


@requires(Action.TAKE_CONTACT, "GET")
def find_places(request: HttpRequest) -> HttpResponseBase:
    """Autocompletion of places: addresses, corners, landmarks."""
    text = request.GET.get("q", "").strip()
    options = [
        {
            "label": place.label,
            "value": place.address.pk if place.address else "",
            "detail": place.detail,
            "icon": place.icon,
        }
        for place in (suggesting.suggest(text, limit=8) if len(text) >= SHORTEST else [])
    ]
    return render(request, "ui/parts/options.html", {"options": options})


@requires(Action.TAKE_CONTACT, "GET")
def find_people(request: HttpRequest) -> HttpResponseBase:
    """People found by number, name, e-mail or address, as options that show just enough to choose one."""
    text, agent = request.GET.get("q", "").strip(), agent_of(request)
    people = find(text, limit=8) if len(text) >= SHORTEST else []
    record_found(user=agent, person_ids=[person.pk for person in people], words=text)
    dialled = _whole_number(text)
    holders = [person.pk for person in people if any(phone.number == dialled for phone in person.phones.all())]
    shared = _("shared number") if len(holders) > 1 else ""
    options = [
        {
            "label": person.name,
            "value": f"{person.pk} {dialled}".strip(),
            "detail": _distinguishing(person, agent),
            "icon": "users" if shared and person.pk in holders else "user",
            "kind": shared if person.pk in holders else "",
        }
        for person in people
    ]
    return render(request, "ui/parts/options.html", {"options": options})


def _whole_number(text: str) -> str:
    """The text as a complete phone number, in E.164; "" for anything else."""
    try:
        return clean_phone(text) if any(char.isdigit() for char in text) else ""
    except Unreadable:
        return ""


def _distinguishing(person: Person, agent: User) -> str:
    """The last digits of a number and the street: enough to choose a person, without opening the file."""
    if not (may_see(person, Field.PHONE, agent) and may_see(person, Field.ADDRESS, agent)):
        return _("sensitive file")
    first = next(iter(person.phones.all()), None)
    words = _CIVIC.sub("", person.address_text).partition(",")[0].strip()
    street = person.address.street.name if person.address else words
    return ", ".join(part for part in (f"••• {first.number[-4:]}" if first else "", street) if part)


@requires(Action.TAKE_CONTACT, "POST")
def identify(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Sets or clears the person of the contact (`person`); returns the person's pane to the script.

    After the person's id may come the complete phone number by which they were found: the contact's own number.
    """
    agent, (typed, _space, dialled) = agent_of(request), request.POST.get("person", "").partition(" ")
    person_id = number(typed)
    person = by_id(person_id) if person_id is not None else None
    if typed and (person is None or not agent.may(Action.READ_PERSON)):
        raise Http404
    contacts.identify(contact_id=contact_id, person=person, phone=_whole_number(dialled), by=agent)
    return _pane(request, contact_id)


@requires(Action.TAKE_CONTACT, "POST")
def new_person(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Adds a new person and sets them on the contact."""
    contact, form = my_contact(request, contact_id), PersonForm(request.POST)

    def run() -> object:
        values = {**form.cleaned_data, "language": contact.language, "audience": contact.audience}
        person = newcomer(values, address=values["address"], address_text=values["place"])
        return contacts.identify_newcomer(contact_id=contact_id, newcomer=person, by=agent_of(request))

    if submit(form, run)[1] == 200:
        return _pane(request, contact_id)
    context = {**screen.person_pane(contact), "person_form": form}
    return render(request, "desk/call/person.html", context, status=422)


def _pane(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    if not by_script(request):
        return redirect(contact_url(contact_id))
    contact = my_contact(request, contact_id)
    return render(request, "desk/call/person.html", screen.person_pane(contact))
