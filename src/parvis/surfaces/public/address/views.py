"""My address: its search, its page with everything computed for it, and its calendars."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import conditional_page, require_safe

from parvis.apps.catalogue.models import Subject
from parvis.apps.content.queries import answers
from parvis.apps.content.queries.address import at_address
from parvis.apps.content.queries.water import WATER
from parvis.apps.places.models import Address
from parvis.apps.places.queries import addresses
from parvis.apps.schedules.queries.collections import CalendarFile, calendar_of_address, calendar_of_sector
from parvis.apps.schedules.queries.water import boil_notices_in_force
from parvis.lib.limits import client_address, within_here
from parvis.lib.words import number
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.http_cache import of_the_moment, page
from parvis.ui.context import LANGUAGE_PARAMETER

SHORTEST, LONGEST, MOST = 2, 120, 8
A_MINUTE, HOUR = 60, 3600
LOOKED_UP = 300  # searches a minute, from one client address
TOO_MANY = 429
PARTS = (*Subject.Computed.values, WATER)


@of_the_moment
def find(request: HttpRequest) -> HttpResponseBase:
    """The search of an address. `?q=` redirects to its page, or lists the candidates; `?voir=` names the section to
    show there: a computed subject, the boil-water advisory, or a subject whose answer depends on the area.
    """
    typed, part = request.GET.get("q", "").strip()[:LONGEST], _part(request)
    if not typed:
        return _ask(request, part, empty="q" in request.GET)
    if not _allowed(request):
        return _ask(request, part, typed=typed, too_many=True, status=TOO_MANY)
    exact = addresses.exact(typed)
    if exact is not None:
        return redirect(_url(exact, part))
    choices = [
        {"label": address.label, "url": _url(address, part)} for address in addresses.complete(typed, limit=MOST)
    ]
    return _ask(request, part, typed=typed, choices=choices, status=200 if choices else 404)


@never_cache
@require_safe
def options(request: HttpRequest) -> HttpResponse:
    """The addresses that begin with the typed text, as links to their page; 204 when it is too short."""
    typed, part = request.GET.get("q", "").strip()[:LONGEST], _part(request)
    if not _allowed(request):
        return HttpResponse(status=TOO_MANY)
    if len(typed) < SHORTEST:
        return HttpResponse(status=204)
    matches = addresses.complete(typed, limit=MOST)
    choices = [{"label": address.label, "url": _url(address, part), "icon": "map-pin"} for address in matches]
    return render(request, "ui/parts/options.html", {"options": choices})


@of_the_moment
def my_address(request: HttpRequest, address_id: int) -> HttpResponseBase:
    """Everything computed for one address, as the agents see it."""
    address = _address(address_id)
    if address is None:
        return _ask(request, "", gone=True, status=404)
    calendar = f"{reverse('public:address_calendar', args=[address.pk])}?{LANGUAGE_PARAMETER}={get_language()}"
    context = {
        "told": at_address(address),
        "own": answers.facts_at(address, get_language() or "fr"),
        "calendar": calendar,
        "subscription": _subscription(calendar),
        "public_nav": nav(),
        "alternates": request.path,
    }
    return page(request, "public/address/page.html", context)


@require_safe
@cache_control(public=True, max_age=HOUR)
@conditional_page
def calendar(request: HttpRequest, address_id: int) -> HttpResponseBase:
    """The collections of an address as an iCalendar file; 404 when they are unknown."""
    address = _address(address_id)
    return _file(calendar_of_address(address, get_language() or "fr") if address else None)


@require_safe
@cache_control(public=True, max_age=HOUR)
@conditional_page
def sector_calendar(request: HttpRequest, sector: str) -> HttpResponseBase:
    """The collections of a sector as an iCalendar file; 404 when there is no such sector."""
    return _file(calendar_of_sector(sector, get_language() or "fr"))


def _file(file: CalendarFile | None) -> HttpResponse:
    if file is None:
        raise Http404
    headers = {"Content-Disposition": f'inline; filename="{file.name}"', "X-Robots-Tag": "noindex"}
    return HttpResponse(file.content, content_type=file.content_type, headers=headers)


def _ask(request: HttpRequest, part: str, *, status: int = 200, **context: Any) -> HttpResponse:
    defaults: dict[str, Any] = {"typed": "", "part": part, "choices": [], "public_nav": nav()}
    defaults |= {"alternates": reverse("public:find_address"), "boil": boil_notices_in_force()}
    return page(request, "public/address/find.html", defaults | context, status=status)


def _allowed(request: HttpRequest) -> bool:
    return within_here("places", client_address(request), times=LOOKED_UP, seconds=A_MINUTE)


def _part(request: HttpRequest) -> str:
    part = request.GET.get("voir", "")
    return part if part in PARTS or answers.differs_by_area(part) else ""


def _address(address_id: int) -> Address | None:
    valid_id = number(str(address_id))
    return addresses.by_id(valid_id) if valid_id is not None else None


def _url(address: Address, part: str) -> str:
    if part and part not in PARTS:
        return f"{reverse('public:answer', args=[part])}?adresse={address.pk}"
    return reverse("public:my_address", args=[address.pk]) + (f"#{part}" if part else "")


def _subscription(path: str) -> str:
    """The webcal URL to which a calendar application subscribes."""
    return f"webcal://{settings.PARVIS_URL.partition('://')[2]}{path}"
