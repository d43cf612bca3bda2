"""The page of the day, the choice of its address, and the way of shared photos without a service worker."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_cookie

from parvis.apps.news.queries.banners import Verdict, banner_touches, banners_in_force
from parvis.apps.places.models import Address
from parvis.apps.places.queries import addresses
from parvis.lib.clock import now
from parvis.lib.limits import client_address, within_here
from parvis.lib.words import number
from parvis.surfaces.public.app.day import day_of
from parvis.surfaces.public.same_origin import same_origin

ADDRESS_COOKIE = "adresse"
YEAR = 365 * 86_400
SHORTEST, LONGEST, MOST = 2, 120, 8
A_DAY = timedelta(days=1)
A_MINUTE, LOOKED_UP, TOO_MANY = 60, 300, 429


@require_safe
@cache_control(private=True, no_cache=True)
@vary_on_cookie
def day(request: HttpRequest) -> HttpResponseBase:
    """The day of the address kept on the device; without one, its search. `?q=` looks an address up and keeps it."""
    typed = request.GET.get("q", "").strip()[:LONGEST]
    if "q" in request.GET:
        return _choose(request, typed)
    address = kept_address(request)
    if address is None:
        return _ask(request)
    made_at = now()
    today = day_of(address)
    banners = [banner for banner in banners_in_force() if banner_touches(banner, address) != Verdict.NO]
    context = {
        "day": today,
        "made_at": made_at,
        "lapses_at": made_at + A_DAY,
        "messages": (),
        "banners": [banner for banner in banners if not today.tells(banner.key)],
        "incident_notices": (),  # those that touch the address, or may, are among its alerts
    }
    return render(request, "public/app/day.html", context)


def kept_address(request: HttpRequest) -> Address | None:
    """The address chosen on this device; None without one, or when the town has it no more."""
    address_id = number(request.COOKIES.get(ADDRESS_COOKIE, ""))
    return addresses.by_id(address_id) if address_id is not None else None


def _choose(request: HttpRequest, typed: str) -> HttpResponseBase:
    if not within_here("places", client_address(request), times=LOOKED_UP, seconds=A_MINUTE):
        return _ask(request, typed=typed, too_many=True, status=TOO_MANY)
    chosen = number(request.GET.get("lieu", ""))
    address = addresses.by_id(chosen) if chosen is not None else None
    if address is None or address.label != typed:
        address = addresses.exact(typed)
    if address is not None:
        response = redirect("public:app")
        _keep(response, str(address.pk))
        return response
    choices = addresses.complete(typed, limit=MOST) if len(typed) >= SHORTEST else []
    return _ask(request, typed=typed, choices=choices, empty=not typed, status=200 if choices or not typed else 404)


def _ask(request: HttpRequest, *, status: int = 200, **context: object) -> HttpResponse:
    found = [
        {"label": one.label, "url": f"{reverse('public:app')}?{urlencode({'q': one.label, 'lieu': one.pk})}"}
        for one in context.pop("choices", [])  # type: ignore[attr-defined]
    ]
    shown = {"typed": "", "messages": (), "choices": found} | context
    return render(request, "public/app/address.html", shown, status=status)


@same_origin
@require_POST
def forget_address(request: HttpRequest) -> HttpResponseBase:
    """Forgets the address kept on the device."""
    response = redirect("public:app")
    response.delete_cookie(ADDRESS_COOKIE)
    return response


def _keep(response: HttpResponseBase, address_id: str) -> None:
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(ADDRESS_COOKIE, address_id, max_age=YEAR, samesite="Lax", secure=secure, httponly=True)


@same_origin
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest) -> HttpResponseBase:
    """What another app shares, when no service worker took it: its words go to the form of a report.

    Its photos cannot wait here, and are asked for again by the form.
    """
    words = " ".join(filter(None, (request.POST.get(name, "").strip() for name in ("title", "text", "url"))))
    query = f"?{urlencode({'q': words[:300]})}" if words else ""
    return redirect(reverse("public:report") + query)
