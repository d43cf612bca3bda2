"""Places for the public forms: address suggestions, the map of the town, what is near a point."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import condition, require_safe

from parvis.apps.cases.queries.request_place import around
from parvis.apps.places import queries as places
from parvis.apps.places.queries.plan import perhaps_outside, plan
from parvis.lib.limits import client_address, within_here
from parvis.surfaces.public.request.forms import read_pin, write_pin

SHORTEST = 2
A_MINUTE = 60
TOO_MANY = 429


@never_cache
@require_safe
def find_places(request: HttpRequest) -> HttpResponse:
    """Civic addresses that begin with the typed text, as options; 204 when it is too short."""
    text = request.GET.get("q", "").strip()[:120]
    if not within_here("places", client_address(request), times=300, seconds=A_MINUTE):
        return HttpResponse(status=TOO_MANY)
    if len(text) < SHORTEST:
        return HttpResponse(status=204)
    options = [
        {"label": address.label, "value": address.pk, "icon": "map-pin"} for address in places.complete(text, limit=8)
    ]
    return render(request, "ui/parts/options.html", {"options": options})


@never_cache
@require_safe
def near(request: HttpRequest) -> HttpResponse:
    """About the point `?at=lat,lon`, as JSON {"inside", "words", "beyond", "at"}: whether it is in the town or near
    it, what is near it, and, when nothing is, whether it may be outside.

    With `?place=` instead, the point of an address typed in full; "at" is empty when it has none.
    """
    if not within_here("near", client_address(request), times=300, seconds=A_MINUTE):
        return HttpResponse(status=TOO_MANY)
    if place := request.GET.get("place", ""):
        address = places.exact(place)
        point = address.point if address else None
    else:
        point = read_pin(request.GET.get("at", ""))
    if point is None:
        return JsonResponse({"inside": False, "words": "", "beyond": False, "at": ""}, status=200 if place else 422)
    inside = plan().holds(point)
    words = around(point) if inside else ""
    beyond = inside and not words and perhaps_outside(point, plan().box)
    return JsonResponse({"inside": inside, "words": words, "beyond": beyond, "at": write_pin(point)})


@require_safe
@cache_control(public=True, max_age=3600)
@condition(etag_func=lambda _request: f'"{plan().version}"')
def town_plan(_request: HttpRequest) -> HttpResponseBase:
    """The map of the town as GeoJSON, publicly cacheable, with an ETag."""
    return HttpResponse(plan().geojson, content_type="application/geo+json")
