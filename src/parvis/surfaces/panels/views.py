"""The page of a screen: its messages, polled; what it tells of itself; the worker that keeps it without a network."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from parvis.apps.news.rules.season import season_of
from parvis.apps.panels.models import Screen
from parvis.apps.panels.queries import pictures, screens
from parvis.apps.panels.services.reports import Proof, ScreenReport, record_report
from parvis.lib import clock
from parvis.lib.json_text import read_json
from parvis.lib.limits import within_here
from parvis.surfaces.panels.listing import STATICS, mark, milliseconds, payload, version
from parvis.ui import qr

GONE, UNCHANGED, TOO_LONG, TOO_MANY = 410, 204, 413, 429
MOST_BYTES = 200_000  # of a report
REPORTS, A_MINUTE = 60, 60
NOW = "Parvis-Now"
OURS = "Parvis-Page"  # names the release of the page: the worker keeps no other page in its place


@never_cache
@require_safe
def page(request: HttpRequest, secret: str) -> HttpResponse:
    """The full-screen page. In French whoever asks (Charter of the French language, s. 22)."""
    screen = screens.by_secret(secret)
    if screen is None or screen.kind != Screen.Kind.PAGE:
        raise Http404
    with translation.override("fr"):
        code = qr.drawing(settings.PARVIS_URL + reverse("public:find_address"), "Mon adresse")
        context = {
            "screen": screen,
            "season": season_of(clock.today()),
            "standing": pictures.standing(),
            "version": version(),
            "code": code,
        }
        response = render(request, "panels/page.html", context)
    response.headers[OURS] = version()
    return response


@never_cache
@require_safe
def messages(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The messages, as JSON; 204 when they are those of `?mark=`; 410 once the address is revoked.

    Each answer tells the server's time in milliseconds, by which a screen corrects its clock.
    """
    screen = screens.by_secret(secret)
    if screen is None:
        return HttpResponse(status=GONE)
    values = payload(screen)
    current = mark(values)
    headers = {NOW: str(milliseconds(clock.now())), "ETag": f'"{current}"'}
    if request.GET.get("mark") == current:
        return HttpResponse(status=UNCHANGED, headers=headers)
    return JsonResponse(values | {"mark": current}, headers=headers)


@csrf_exempt
@never_cache
@require_POST
def report(request: HttpRequest, secret: str) -> HttpResponseBase:
    """What a screen tells, as JSON: its clock, what it paints now, what it painted. 422 when it cannot be read."""
    screen = screens.by_secret(secret)
    if screen is None:
        return HttpResponse(status=GONE)
    if not within_here("panel-report", str(screen.pk), times=REPORTS, seconds=A_MINUTE):
        return HttpResponse(status=TOO_MANY)
    if len(request.body) > MOST_BYTES:
        return HttpResponse(status=TOO_LONG)
    try:
        told = _read(read_json(request.body))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return HttpResponse(status=422)
    record_report(screen_id=screen.pk, report=told)
    return HttpResponse(status=UNCHANGED, headers={NOW: str(milliseconds(clock.now()))})


def _read(values: dict[str, Any]) -> ScreenReport:
    shows = values.get("shows")
    return ScreenReport(
        clock=_moment(values["clock"]),
        version=str(values.get("version", "")),
        width=_pixels(values.get("width")),
        height=_pixels(values.get("height")),
        shows=(str(shows["key"]), str(shows["text"])) if shows else ("", ""),
        since=_moment(shows["since"]) if shows else None,
        painted=[
            Proof(str(one["key"])[:120], str(one["text"]), _moment(one["first"]), _moment(one["last"]))
            for one in values.get("painted", [])
        ],
    )


def _moment(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)


def _pixels(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 < value < 100_000 else None


@never_cache
@require_safe
def service_worker(_request: HttpRequest, secret: str) -> HttpResponseBase:
    """The worker of this address alone (its scope is its folder): it keeps the page and its files."""
    if screens.by_secret(secret) is None:
        raise Http404
    values = {
        "version": version(),
        "page": reverse("panels:page", args=[secret]),
        "files": [url for name in STATICS if (url := static(name)) != settings.STATIC_URL + name],
        "plain": [settings.STATIC_URL + name for name in STATICS],
    }
    script = f"self.SETTINGS = {json.dumps(values)}\nimportScripts({json.dumps(static('panels/worker.js'))})\n"
    return HttpResponse(script, content_type="text/javascript")
