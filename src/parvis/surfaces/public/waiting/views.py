"""The tablet at the entrance, which issues tickets, and the screen of the waiting room, which shows who is called.

Their URLs contain a secret created by staff (`intake.models.Device`): no sign-in, and no name is asked.
"""

from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import town
from parvis.apps.intake.models import Device, Visit
from parvis.apps.intake.queries import contacts
from parvis.apps.intake.services.counter.visits import take_number
from parvis.apps.throttling.services import within_limit
from parvis.lib.i18n.languages import clean
from parvis.surfaces.public.same_origin import same_origin
from parvis.ui.views import or_404

PRESSES, WINDOW = 40, 60  # tickets that one tablet may issue in so many seconds


def _device(secret: str, kind: Device.Kind) -> Device:
    return or_404(contacts.device(secret, kind))


def _languages() -> list[str]:
    """The languages of a shared screen: French first, then English unless the town has turned it off."""
    return ["fr"] if town().english == Town.English.OFF else ["fr", "en"]


@same_origin
@never_cache
@require_http_methods(["GET", "POST"])
def door(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The tablet. POST (`language`, `key`) issues a ticket; the same key twice issues one."""
    device = _device(secret, Device.Kind.DOOR)
    if request.method == "POST":
        if not within_limit("number", str(device.pk), times=PRESSES, seconds=WINDOW):
            return render(request, "public/waiting/door.html", {**_door(secret), "busy": True}, status=429)
        key, language = request.POST.get("key", "")[:40] or uuid4().hex, clean(request.POST.get("language"))
        visit = take_number(device=device, key=key, language=language)
        return redirect("public:ticket", secret, visit.number)
    return render(request, "public/waiting/door.html", _door(secret))


def _door(secret: str) -> dict[str, Any]:
    return {"secret": secret, "key": uuid4().hex, "languages": _languages(), **_outlook()}


def _outlook(visit: Visit | None = None) -> dict[str, Any]:
    """The number of people ahead, and the expected wait in minutes (None when unknown)."""
    ahead = contacts.waiting_before(visit)
    minutes = contacts.expected_wait(ahead)
    return {"ahead": ahead, "minutes": minutes, "mark": f"{ahead}.{minutes}"}


@never_cache
@require_GET
def door_changes(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The current wait, as JSON {mark, html}; 204 when the page shows it already."""
    _device(secret, Device.Kind.DOOR)
    return _changes(request, "public/waiting/wait.html", {"languages": _languages(), **_outlook()})


@never_cache
@require_GET
def ticket(request: HttpRequest, secret: str, number: int) -> HttpResponse:
    """The ticket just issued, to be read or printed."""
    _device(secret, Device.Kind.DOOR)
    visit = or_404(contacts.visit_numbered(number))
    context = {"secret": secret, "visit": visit, "languages": _languages(), **_outlook(visit)}
    return render(request, "public/waiting/ticket.html", context)


@never_cache
@require_GET
def hall(request: HttpRequest, secret: str) -> HttpResponse:
    """The tickets called, and at which window."""
    _device(secret, Device.Kind.HALL)
    return render(request, "public/waiting/hall.html", {"secret": secret, **_hall()})


def _hall() -> dict[str, Any]:
    called, outlook = contacts.called_visits(contacts.SHOWN_IN_HALL), _outlook()
    state = "-".join([outlook["mark"], *(f"{visit.pk}.{visit.calls}.{visit.window}" for visit in called)])
    return {**outlook, "called": called, "languages": _languages(), "mark": sha256(state.encode()).hexdigest()[:16]}


@never_cache
@require_GET
def hall_changes(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The updated screen, as JSON {mark, html}; 204 when nothing changed."""
    _device(secret, Device.Kind.HALL)
    return _changes(request, "public/waiting/called.html", _hall())


def _changes(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponseBase:
    if request.GET.get("mark") == context["mark"]:
        return HttpResponse(status=204)
    return JsonResponse({"mark": context["mark"], "html": render_to_string(template, context, request)})
