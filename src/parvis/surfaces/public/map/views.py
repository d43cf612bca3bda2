"""The public list of requests and its map, and the page of one request."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.lists import public_list
from parvis.apps.cases.queries.lists.public_list import LATE, OPEN, SETTLED
from parvis.apps.cases.queries.public_cases import public_cases, public_photos
from parvis.apps.files.web import respond
from parvis.apps.places.queries.plan import plan
from parvis.lib.ids import parse_reference
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.http_cache import of_the_moment, page
from parvis.surfaces.public.map import screen
from parvis.surfaces.public.map.incidents import incident_line, incident_lines
from parvis.ui.views import or_404

LONGEST_CURSOR = 60


@of_the_moment
def index(request: HttpRequest) -> HttpResponse:
    """The public requests under the filters of the address, in order of what is due; ten queries at most."""
    asked = screen.asked(request.GET)
    listed = public_list.PublicPage([], "")
    if not asked.unknown_street:
        listed = public_list.page(asked.filters, request.GET.get("suite", "")[:LONGEST_CURSOR])
    counts = dict.fromkeys((OPEN, LATE, SETTLED), 0) if asked.unknown_street else public_list.counts(asked.filters)
    context = {
        "asked": asked,
        "states": screen.states_to_choose(asked, counts),
        "counts": counts,
        "lines": screen.lines(listed.cases),
        "incidents": incident_lines(asked) if not request.GET.get("suite") else [],
        "next_url": asked.query(suite=listed.next) if listed.next else "",
        "first_url": asked.query() if request.GET.get("suite") else "",
        "legend": screen.state_names().items(),
        "pins_url": reverse("public:map_geojson") + asked.query(),
        "card_url": reverse("public:map_card", args=["0"]).replace("/0/", "/{}/"),
        "feeds": {name: reverse(f"public:map_{name}") + asked.query() for name in ("atom", "rss", "geojson")},
        "box": plan().box,
        "indexed": not request.GET.keys() - {"langue"},
        "alternates": request.path,
        "public_nav": nav("map"),
        **screen.choices(),
    }
    return page(request, "public/map/page.html", context)


@of_the_moment
def one(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The public facts of one request; other spellings of its reference redirect to it."""
    case = public_case(reference)
    if case.reference != reference:
        return redirect("public:map_request", case.reference)
    return page(request, "public/map/one.html", _one(case))


@of_the_moment
def card(request: HttpRequest, reference: str) -> HttpResponse:
    """The card of one request, for the map."""
    response = page(request, "public/map/card.html", _one(public_case(reference)))
    response["X-Robots-Tag"] = "noindex"
    return response


@of_the_moment
def incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    """What the public knows of one incident, in progress or over."""
    return page(request, "public/map/incident.html", {"line": incident_line(incident_id), "public_nav": nav("map")})


@of_the_moment
def incident_card(request: HttpRequest, incident_id: int) -> HttpResponse:
    """The card of one incident, for the map."""
    response = page(request, "public/map/incident_card.html", {"line": incident_line(incident_id)})
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def photo(request: HttpRequest, reference: str, key: UUID) -> HttpResponseBase:
    """A published picture of a request, reduced with `?small`; Http404 for any other picture."""
    shown = or_404(next((photo for photo in public_photos(public_case(reference)) if photo.key == key), None))
    return respond(shown, thumbnail="small" in request.GET)


def public_case(reference: str) -> Case:
    """The public case of that reference; Http404 alike for an unknown one and for one that is not public."""
    parsed = parse_reference(reference)
    return or_404(public_cases().filter(reference=str(parsed)).first() if parsed else None)


def _one(case: Case) -> dict[str, Any]:
    shown = screen.line(case)
    return {
        "line": shown,
        "address": settings.PARVIS_URL + shown.url,
        "box": plan().box,
        "public_nav": nav("map"),
    }
