"""Computed answers for an address, as on its public page, in the person's language."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Subject
from parvis.apps.content.queries import address as address_queries
from parvis.apps.content.queries import answers
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.places.queries import addresses
from parvis.lib.clock import now
from parvis.lib.i18n.languages import clean
from parvis.surfaces.desk.call import panes, screen
from parvis.surfaces.desk.call.draft import key_of
from parvis.surfaces.desk.gate import my_contact, requires


@requires(Action.TAKE_CONTACT, "GET")
def address_answers(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Everything computed for the address chosen (`place-address`) or typed in full (`place-find`), as a fragment."""
    contact = my_contact(request, contact_id)
    typed = request.GET.get("place-find", "").strip()[:200]
    address = screen.address_of(request.GET.get("place-address", ""))
    if typed and (address is None or address.label != typed):
        address = addresses.exact(typed)
    language, moment = clean(request.GET.get("lang", "")), now()
    with translation.override(language):
        at_address = address_queries.at_address(address, moment) if address else None
    about = Subject.objects.filter(slug=request.GET.get("subject", "")[:60]).first()
    context: dict[str, Any] = {
        "told": at_address,
        "typed": typed,
        "language_choice": language,
        "contact": contact,
        "moment": moment,
        "own": answers.facts_at(address, language) if address else [],
        "place_key": key_of(contact, panes.PLACE),
        "about": about,
        "parts": _parts(),
    }
    return render(request, "desk/call/place.html", context)


def _parts() -> list[tuple[str, str]]:
    """The parts of the answers, with their labels."""
    return [
        (Subject.Computed.PICKUPS, _("Next collections")),
        (Subject.Computed.TONIGHT, _("Parking in the street tonight")),
        (Subject.Computed.WORKS, _("Works and notices")),
        (Subject.Computed.DEPARTURES, _("Buses and taxis")),
    ]
