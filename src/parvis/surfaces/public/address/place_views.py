"""Places for the public forms: suggestions, and what is near a point."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from parvis.apps.cases.queries.request_place import around
from parvis.apps.places.queries import neighbours, suggesting
from parvis.apps.places.queries.plan import perhaps_outside, plan
from parvis.lib.limits import client_address, within_here
from parvis.surfaces.public.request.forms import read_pin, write_pin

SHORTEST = 2
A_MINUTE = 60
TOO_MANY = 429


@never_cache
@require_safe
def find_places(request: HttpRequest) -> HttpResponse:
    """Places that match the typed text (addresses, corners, landmarks), as options; 204 when it is too short."""
    text = request.GET.get("q", "").strip()[:120]
    if not within_here("places", client_address(request), times=300, seconds=A_MINUTE):
        return HttpResponse(status=TOO_MANY)
    if len(text) < SHORTEST:
        return HttpResponse(status=204)
    options = [place_option(place) for place in suggesting.suggest(text, limit=8)]
    return render(request, "ui/parts/options.html", {"options": options})


def place_option(place: suggesting.Suggestion) -> dict[str, Any]:
    """A suggestion as an option of a list; an address has its id as value, any other place its words only."""
    detail = "" if place.address and place.detail == str(place.address.sector or "") else place.detail
    value = place.address.pk if place.address else ""
    return {"label": place.label, "value": value, "icon": place.icon, "detail": detail}


@never_cache
@require_safe
def near(request: HttpRequest) -> HttpResponse:
    """About the point `?at=lat,lon`, as JSON {"inside", "words", "beyond", "told", "at"}: whether it is in the town or
    near it, what is near it, and, when nothing is, whether it may be outside; `told` is whom to tell instead, when the
    other town that holds the point is known.

    With `?place=` instead, the point of a place written in full (`places.locate`); "at" is empty when it has none.
    """
    if not within_here("near", client_address(request), times=300, seconds=A_MINUTE):
        return HttpResponse(status=TOO_MANY)
    if place := request.GET.get("place", ""):
        point = suggesting.locate(place[:200])
    else:
        point = read_pin(request.GET.get("at", ""))
    if point is None:
        return JsonResponse(
            {"inside": False, "words": "", "beyond": False, "told": "", "at": ""}, status=200 if place else 422
        )
    inside = plan().holds(point)
    words = around(point) if inside else ""
    beyond = inside and not words and perhaps_outside(point, plan().box)
    other = neighbours.neighbour_at(point)
    told = neighbours.how_to_tell(other) if other else ""
    return JsonResponse({"inside": inside, "words": words, "beyond": beyond, "told": told, "at": write_pin(point)})
