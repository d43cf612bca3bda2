"""The parts of the request form that a script asks for: what depends on the words, the photos, each step, a proof."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from parvis.apps.throttling.services import within_limit
from parvis.lib import proof_of_work
from parvis.lib.limits import client_address, stores_nothing, within_here
from parvis.surfaces.public.form_guard import WINDOW
from parvis.surfaces.public.request import abuse_limits, sending
from parvis.surfaces.public.request.form_page import offer, parts, steps_of, unbound, urls
from parvis.surfaces.public.request.forms import RequestForm
from parvis.surfaces.public.request.kinds import kinds_for
from parvis.surfaces.public.request.photos import Photos, gather
from parvis.surfaces.public.request.views import key_of, posted, uploads_of
from parvis.surfaces.public.same_origin import same_origin

UPLOADS, UPLOADS_PROVEN = 60, 600  # photos of one client in WINDOW: without a proof of work, and with one
TYPED = 600  # calls of one client in a minute, as it types: a whole class may be behind one address
A_MINUTE, TOO_MANY = 60, 429
FIELDS = {
    "photo": ("photos",),
    "where": ("place", "address", "pin"),
    "what": ("subject", "words", "nature"),
    "you": ("who", "name", "email", "phone", "reach", "language", "ground", "audience"),
}
WARNED = {"where": ("near", "elsewhere"), "what": ("danger", "near"), "you": ("danger", "near", "elsewhere")}


@same_origin
@never_cache
@require_POST
@stores_nothing
def before(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """The parts of the page that depend on the typed values, for htmx: the kinds, the questions of the one chosen or
    plainly meant, what happens, a danger, requests nearby; with the event `parvis:filled`, the place read in the words.
    """
    if not within_here("request-before", client_address(request), times=TYPED, seconds=A_MINUTE):
        return HttpResponse(status=TOO_MANY)
    form = _guessed(request, posted(request, slug))
    was = str(form["place"].value() or "") if "place" in form.fields else ""
    free = unbound(form)
    response = render(request, "public/request/before.html", parts(form) | {"form": free})
    if "place" in free.fields and (filled := str(free["place"].value() or "")) != was:
        response["HX-Trigger"] = json.dumps({"parvis:filled": {"place": filled}})
    return response


def _guessed(request: HttpRequest, form: RequestForm) -> RequestForm:
    """The form with the kind that its words plainly mean, unless one was chosen by hand."""
    if not form.open_subject:
        return form
    by_hand = form.chosen is not None and form.chosen.slug != form["guessed"].value()
    guess = None if by_hand else kinds_for(str(form["words"].value() or ""), None).guess
    if guess is None or guess == form.chosen:
        return form
    data = {name: form.data[name] for name in form.data} | {"subject": guess.slug, "guessed": guess.slug, "nature": ""}
    return RequestForm(data, about=guess, open_subject=True)


@same_origin
@never_cache
@require_POST
def add_photos(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """Stores photos as soon as they are chosen, and offers the location read from one."""
    form = posted(request, slug)
    key, client = key_of(form), client_address(request)
    if abuse_limits.has_worked(form, key):
        allowed = within_limit("request-photos-proven", client, times=UPLOADS_PROVEN, seconds=WINDOW)
    else:
        allowed = within_limit("request-photos", client, times=UPLOADS, seconds=WINDOW)
    photos = gather(key, request.POST.getlist("kept"), uploads_of(request) if allowed else [], client=client)
    context = {"photos": photos, "too_many": not allowed, **urls(form)}
    context |= offer(photos, form, beside="offered" in request.POST)
    return render(request, "public/request/photos.html", context)


@same_origin
@never_cache
@require_POST
@stores_nothing
def step(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """Whether the form may go past `step`, for the script that shows one step at a time.

    The answer names the step to show (`data-step`), one of those of the form (`steps_of`), whether it is to be read
    again first (`data-stop`), and holds the fields with their errors, the warnings, and, past the last question,
    everything to check. `shown` are the warnings already on the reader's screen. Nothing is sent, and nothing is
    stored.
    """
    if not within_here("request-before", client_address(request), times=TYPED, seconds=A_MINUTE):
        return HttpResponse(status=TOO_MANY)
    form = posted(request, slug)
    form.is_valid()
    steps, asked = steps_of(form), request.POST.get("step", "")
    asked = asked if asked in steps[:-1] else "you"
    photos = gather(key_of(form), request.POST.getlist("kept"))
    after = steps.index(asked) + 1
    wrong = next((name for name in steps[:after] if _errors_of(form, name)), None)
    place = sending.place_in(form.cleaned_data)
    new = _to_read(form, place, photos, asked) - set(request.POST.getlist("shown"))
    seen = set(str(form["seen"].value() or "").split())
    stop = wrong is not None or bool(new - seen)
    at = wrong or asked
    for name in list(form.errors):
        if name not in _errors_of(form, at) and name != "website":
            del form.errors[name]
    context: dict[str, Any] = parts(form) | {
        "photos": photos,
        "step": at if stop else steps[after],
        "at": at,
        "stop": stop,
        "read": bool(new - seen),
        "seen": " ".join(sorted(seen | new | set(request.POST.getlist("shown")))),
        **offer(photos, form),
    }
    return render(request, "public/request/step.html", context)


def _errors_of(form: RequestForm, name: str) -> list[str]:
    """The fields of a step that have an error."""
    own = FIELDS.get(name, ())
    return [field for field in form.errors if field in own or (name == "what" and field.startswith("ask-"))]


def _to_read(form: RequestForm, place: Any, photos: Photos, asked: str) -> set[str]:
    """The warnings that belong to a step."""
    kinds = WARNED.get(asked, ())
    return {mark for mark in sending.warnings_of(form, place, photos) if mark.split("-")[0] in kinds}


@never_cache
@require_safe
def proof(request: HttpRequest) -> HttpResponse:
    """A challenge whose solution, computed by the browser, takes the place of a picture to read (ALTCHA's JSON)."""
    if not within_here("proof", client_address(request), times=120, seconds=A_MINUTE):
        return HttpResponse(status=TOO_MANY)
    return JsonResponse(proof_of_work.challenge())
