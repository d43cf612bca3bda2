"""My address: what the town knows of one address today, and its collections as a calendar to subscribe to."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from parvis.daily import queries as daily
from parvis.daily.queries.collections import CalendarFile
from parvis.lib import clock
from parvis.lib.languages import clean
from parvis.lib.limits import client_address, within_here
from parvis.places import queries as places
from parvis.places.models import Address
from parvis.public.frame import english_offered, nav

AHEAD = timedelta(days=14)
SHORTEST, LONGEST = 2, 120
A_MINUTE, MOST = 60, 120
TOO_MANY, NOT_FOUND = 429, 404


@never_cache
@require_safe
def find(request: HttpRequest) -> HttpResponseBase:
    """Leads to the page of an address chosen among those proposed, or typed whole; else proposes what resembles it."""
    typed, chosen = request.GET.get("q", "").strip()[:LONGEST], request.GET.get("address", "")
    if not within_here("places", client_address(request), times=MOST, seconds=A_MINUTE):
        return HttpResponse(status=TOO_MANY)
    found = places.by_id(int(chosen)) if chosen.isdecimal() and len(chosen) < LONGEST // 8 else None
    if found is None or found.label != typed:
        found = places.exact(typed) if len(typed) >= SHORTEST else None
    if found is not None:
        return redirect("public:my_address", found.pk)
    near = places.complete(typed, limit=8) if len(typed) >= SHORTEST else []
    context = {"typed": typed, "near": near, "asked": "q" in request.GET, "public_nav": nav()}
    return render(request, "public/address/find.html", context, status=NOT_FOUND if typed and not near else 200)


@never_cache
@require_safe
def mine(request: HttpRequest, pk: int) -> HttpResponse:
    """What is known of one address now: notices in force first, collections, the night, works, departures."""
    address = _address(pk)
    today = timezone.localtime(clock.now()).date()
    works = daily.works_touching(address, today, today + AHEAD)
    context = {
        "address": address,
        "urgent": [notice for notice in works.notices if notice.urgent],
        "works": works,
        "notices": [notice for notice in works.notices if not notice.urgent],
        "pickups": daily.pickups(address),
        "tonight": daily.tonight(address),
        "departures": daily.departures(address),
        "english": english_offered(),
        "public_nav": nav(),
    }
    return render(request, "public/address/mine.html", context)


@require_safe
@cache_control(max_age=3600)
def calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """The collections of an address as an iCalendar file (RFC 5545)."""
    return _file(daily.calendar_of_address(_address(pk), clean(get_language())))


@require_safe
@cache_control(max_age=3600)
def sector_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """The collections of a sector as an iCalendar file (RFC 5545)."""
    return _file(daily.calendar_of_sector(slug, clean(get_language())))


def _address(pk: int) -> Address:
    found = places.by_id(pk)
    if found is None:
        raise Http404
    return found


def _file(found: CalendarFile | None) -> HttpResponse:
    if found is None:
        raise Http404(_("The collection days of this place are not known."))
    headers = {"Content-Disposition": f'inline; filename="{found.name}"', "X-Robots-Tag": "noindex"}
    return HttpResponse(found.content, content_type=found.content_type, headers=headers)
