"""Who is on the line, and where: proposals while one types, a person chosen or registered. Never demanded."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from parvis.desk import screen
from parvis.desk.call_forms import PersonForm
from parvis.desk.call_views import by_script, contact_url
from parvis.desk.gate import agent_of, agents_only, my_contact
from parvis.desk.settle_views import register
from parvis.directory.permissions import Action
from parvis.directory.services import record_reading
from parvis.intake import services
from parvis.intake.models import Contact
from parvis.lib import quebec
from parvis.lib.errors import NotFound, Refused
from parvis.places import queries as places
from parvis.residents import queries as residents
from parvis.residents.models import Person

SHORTEST = 2


@agents_only
@require_GET
def find_places(request: HttpRequest) -> HttpResponseBase:
    """Civic addresses that begin as typed, as options."""
    text = request.GET.get("q", "").strip()
    found = places.complete(text, limit=8) if len(text) >= SHORTEST else []
    options = [
        {"label": one.label, "value": one.pk, "detail": str(one.sector or ""), "icon": "map-pin"} for one in found
    ]
    return render(request, "ui/parts/options.html", {"options": options})


@agents_only
@require_GET
def find_people(request: HttpRequest) -> HttpResponseBase:
    """People found by number, name, e-mail or address, as options; only what tells two people apart is shown."""
    text = request.GET.get("q", "").strip()
    found = residents.find(text, limit=8) if len(text) >= SHORTEST else []
    options = [
        {"label": one.name, "value": one.pk, "detail": _told_apart_by(one), "icon": "user"} for one in found
    ]
    return render(request, "ui/parts/options.html", {"options": options})


def _told_apart_by(person: Person) -> str:
    first = next(iter(person.phones.all()), None)
    place = person.address.label if person.address else person.address_text
    return ", ".join(part for part in (quebec.phone(first.number) if first else "", place) if part)


@agents_only
@require_POST
def identify(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Says who is on the line (`person`), or that nobody is known any more; answers the person's pane to the script."""
    agent, number = agent_of(request), request.POST.get("person", "")
    person = Person.objects.filter(pk=int(number)).first() if number.isdigit() else None
    if number and (person is None or not agent.may(Action.READ_PERSON)):
        raise Http404
    try:
        found = services.identify(contact_id=contact_id, person=person, by=agent)
    except NotFound as refused:
        raise Http404 from refused
    if person is not None:
        record_reading(user=agent, subject="person", subject_id=person.pk, reason=_reason(found))
    return _pane(request, contact_id)


def _reason(contact: Contact) -> str:
    return _("contact %(number)d, %(channel)s") % {"number": contact.pk, "channel": contact.get_channel_display()}


@agents_only
@require_POST
def new_person(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Registers someone new and says that they are on the line."""
    found, form = my_contact(request, contact_id), PersonForm(request.POST)
    if form.is_valid():
        values = {**form.cleaned_data, "language": found.language, "audience": found.audience}
        try:
            person = register(values, agent_of(request))
            services.identify(contact_id=contact_id, person=person, by=agent_of(request))
            return _pane(request, contact_id)
        except Refused as refused:
            for name, text in refused.fields.items():
                form.add_error(name if name in form.fields else None, text)
            if not refused.fields:
                form.add_error(None, refused.message)
    context = {**screen.person_pane(found), "person_form": form}
    return render(request, "desk/call/person.html", context, status=422)


def _pane(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    if not by_script(request):
        return redirect(contact_url(contact_id))
    found = my_contact(request, contact_id)
    return render(request, "desk/call/person.html", screen.person_pane(found))
