"""Calls taken while the server or the network is down: the cached pages, and the entry of the calls afterwards."""

import json
from functools import cache
from hashlib import sha256
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.queries.contacts import unused_reservations
from parvis.apps.intake.services.continuity import enter_late_call, reserve_references
from parvis.lib.errors import Refused
from parvis.lib.ids import parse_reference
from parvis.surfaces.desk.call import draft
from parvis.surfaces.desk.continuity.forms import CHANNELS, LateForm
from parvis.surfaces.desk.continuity.kit import kit as kit_of
from parvis.surfaces.desk.gate import agent_of, requires

# Static files cached with the pages. Modules imported by name from another module keep their unhashed names: they come
# from the server first, so that a script of this release never runs with a module of the former one.
SHEETS = tuple(f"ui/css/{name}.css" for name in ("tokens", "base", "controls", "components", "staff", "print"))
CACHED = (
    *SHEETS,
    *(f"desk/continuity/{name}" for name in ("continuity.css", "page.js", "paper.js")),
    *("ui/ui.js", "ui/img/parvis.svg"),
    *(f"ui/fonts/atkinson-hyperlegible-next-{script}-wght-normal.woff2" for script in ("latin", "latin-ext")),
)
CACHED_BY_NAME = ("desk/continuity/store.js", "ui/keys.js", "ui/unsent.js")
PAGES = ("desk:continuity", "desk:continuity_paper")
OURS = "Parvis-Page"  # names the release of a page: the worker keeps no other page in its place
NO_MESSAGES = {"messages": ()}  # cached pages hold nothing momentary or personal


@requires(Action.TAKE_CONTACT, "GET")
def page(request: HttpRequest) -> HttpResponseBase:
    """The page that the browser caches. It holds no personal data: the rest comes from the kit."""
    natures = [choice for choice in Nature.choices if choice[0] != Nature.INFORMATION]
    context = {"channels": [(channel.value, channel.label) for channel in CHANNELS], "natures": natures, **NO_MESSAGES}
    return _ours(render(request, "desk/continuity/page.html", context))


@requires(Action.TAKE_CONTACT, "GET")
def paper(request: HttpRequest) -> HttpResponseBase:
    """The printable form, one sheet for each `?reference=`, which its script fills in."""
    return _ours(render(request, "desk/continuity/paper.html", NO_MESSAGES))


@requires(Action.TAKE_CONTACT, "GET")
def worker(request: HttpRequest) -> HttpResponseBase:
    """The service worker, served from this URL so that its scope is these pages alone; it lists what to cache."""
    lists = {
        "pages": [reverse(name) for name in PAGES],
        "files": [static(name) for name in CACHED],
        "plain": [settings.STATIC_URL + name for name in CACHED_BY_NAME],
    }
    context = {name: json.dumps(urls) for name, urls in lists.items()} | {"release": _release()}
    return render(request, "desk/continuity/worker.js", context, content_type="text/javascript; charset=utf-8")


@requires(Action.TAKE_CONTACT, "GET")
def kit(request: HttpRequest) -> HttpResponseBase:
    """The kit, and a CSRF token for what the browser will submit."""
    result = kit_of(agent_of(request), get_language() or "fr", unused_reservations())
    return JsonResponse({**result, "token": get_token(request)})


@requires(Action.TAKE_CONTACT, "POST")
def references(request: HttpRequest) -> HttpResponseBase:
    """Tops up the references reserved for this browser."""
    browser = str(_body(request).get("browser", ""))
    if not 16 <= len(browser) <= 64:
        return _refusal(_("This browser did not say its name."), {})
    return JsonResponse({"references": reserve_references(browser=browser, by=agent_of(request))})


@requires(Action.TAKE_CONTACT, "POST")
def enter(request: HttpRequest) -> HttpResponseBase:
    """Enters one call, once: 200 with its case, entered now or before; 422 with the errors by field."""
    form = LateForm({name: value for name, value in _body(request).items() if value is not None})
    if not form.is_valid():
        errors = {name: [str(text) for text in texts] for name, texts in form.errors.items()}
        return _refusal(_("Something is missing before this request can be opened."), errors)
    try:
        opened = enter_late_call(call=form.call, by=agent_of(request))
    except Refused as refusal:
        return _refusal(str(refusal), {name: [str(text)] for name, text in refusal.fields.items()})
    case = opened.case
    entered = {
        "asked": str(parse_reference(form.cleaned_data["reference"])),
        "reference": case.reference,
        "url": reverse("desk:case", args=[case.reference]),
        "promise": opened.due_words,
        "created": opened.created,
    }
    return JsonResponse(entered)


def _ours(response: HttpResponse) -> HttpResponse:
    response.headers[OURS] = _release()
    return response


@cache
def _release() -> str:
    """A digest of the static files, those imported by name too: the worker changes with any of them."""
    return sha256(" ".join(map(static, (*CACHED, *CACHED_BY_NAME))).encode()).hexdigest()[:12]


def _body(request: HttpRequest) -> dict[str, object]:
    """The JSON object of the body, without lone surrogates; empty when the body is anything else."""
    body = request.body if request.content_type == "application/json" else b""
    return draft.parse(body) or {}


def _refusal(message: str, fields: dict[str, list[str]]) -> HttpResponse:
    refusal = {"message": message, "fields": {name: " ".join(texts) for name, texts in fields.items()}}
    return JsonResponse(refusal, status=HTTPStatus.UNPROCESSABLE_ENTITY)
