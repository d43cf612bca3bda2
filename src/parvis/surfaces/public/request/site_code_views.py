"""The short address of a code put on a place or on equipment: it opens the request form, filled in."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from parvis.apps.catalogue.models import SiteCode
from parvis.apps.catalogue.queries.site_codes import by_code
from parvis.apps.catalogue.queries.subjects import routable
from parvis.apps.catalogue.services.site_codes import count_opening
from parvis.lib.limits import client_address, within_here
from parvis.surfaces.public.frame import nav

TRIES = {"times": 60, "seconds": 60}  # codes of one client that lead nowhere


@never_cache
@require_safe
def here(request: HttpRequest, code: str) -> HttpResponseBase:
    """The form with its place and, when the code has one, its subject. A retired code, or an unknown one, says so.

    An opening is counted once a minute for a client, so that a page loaded again is not; nothing else is kept of it.
    """
    site = by_code(code)
    if site is None or site.retired_at:
        return _nothing_here(request, site)
    if request.method == "GET" and within_here(
        "site-code", f"{client_address(request)} {site.code}", times=1, seconds=60
    ):
        count_opening(code_id=site.pk)
    subject = routable(site.subject.slug) if site.subject else None
    form = reverse("public:request", args=[subject.slug]) if subject else reverse("public:report")
    return redirect(f"{form}?{urlencode({'ici': site.code})}")


def _nothing_here(request: HttpRequest, site: SiteCode | None) -> HttpResponse:
    if site is None and not within_here("site-code-unknown", client_address(request), **TRIES):
        return HttpResponse(status=429)
    context = {"site": site, "public_nav": nav("report")}
    response = render(request, "public/site_code.html", context, status=410 if site else 404)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
