"""What the agent reads of an address: the answers that its page gives to everyone, in the language of the person."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from parvis.daily import queries as daily
from parvis.desk import panes
from parvis.desk.gate import agents_only, my_contact
from parvis.lib.languages import clean
from parvis.places import queries as places


@never_cache
@agents_only
@require_GET
def told(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Everything computed for the address chosen (`place-address`) or typed whole (`place-find`), as a piece."""
    my_contact(request, contact_id)
    typed = request.GET.get("place-find", "").strip()[:200]
    address = panes.address_of(request.GET.get("place-address", ""))
    if typed and (address is None or address.label != typed):
        address = places.exact(typed)
    language = clean(request.GET.get("lang", ""))
    with translation.override(language):
        found = daily.at_address(address) if address else None
    context = {"told": found, "typed": typed, "tongue": language}
    return render(request, "desk/call/place.html", context)
