"""Where things are, for the public: addresses while one types, the plan of the town, what is near a point."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import condition, require_safe

from parvis.apps.cases.request_place import around
from parvis.apps.places import queries as places
from parvis.apps.places.plan import perhaps_outside, plan
from parvis.lib.limits import client_address, within_here
from parvis.surfaces.public.request.forms import read_pin, write_pin

SHORTEST = 2
A_MINUTE = 60
TOO_MANY = 429


@never_cache
@require_safe
def find_places(request: HttpRequest) -> HttpResponse:
    """Civic addresses that begin as typed, as options; 204 when there is too little to look for."""
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
    """{"inside", "words", "beyond", "at"}: whether the point `?at=lat,lon` is in the town or about, what is near it,
    and, when nothing is, whether it is perhaps outside.

    With `?place=` instead, the point of an address that was typed whole; "at" is empty when it has none.
    """
    if not within_here("near", client_address(request), times=300, seconds=A_MINUTE):
        return HttpResponse(status=TOO_MANY)
    if typed := request.GET.get("place", ""):
        address = places.exact(typed)
        point = address.point if address else None
    else:
        point = read_pin(request.GET.get("at", ""))
    if point is None:
        return JsonResponse({"inside": False, "words": "", "beyond": False, "at": ""}, status=200 if typed else 422)
    inside = plan().holds(point)
    words = around(point) if inside else ""
    beyond = inside and not words and perhaps_outside(point, plan().box)
    return JsonResponse({"inside": inside, "words": words, "beyond": beyond, "at": write_pin(point)})


def _version(_request: HttpRequest) -> str:
    return f'"{plan().version}"'


@require_safe
@cache_control(public=True, max_age=3600)
@condition(etag_func=_version)
def town_plan(_request: HttpRequest) -> HttpResponseBase:
    """The plan of the town as GeoJSON: the same for everyone, with its ETag."""
    return HttpResponse(plan().geojson, content_type="application/geo+json")
