"""The page of the request form, and its parts that depend on what was typed so far."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from parvis.apps.cases.queries.request_place import around
from parvis.apps.catalogue.models import Nature
from parvis.apps.catalogue.queries.site_codes import standing_at
from parvis.apps.content.queries import answers
from parvis.apps.files.services.attachments import MAX_BYTES
from parvis.apps.places.queries import neighbours
from parvis.apps.places.rules.shapes import Point
from parvis.surfaces.public import framing
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.forms import LONGEST
from parvis.surfaces.public.frame import english_offered, nav
from parvis.surfaces.public.request import screen
from parvis.surfaces.public.request.forms import RequestForm, read_pin, write_pin
from parvis.surfaces.public.request.kinds import Kinds, kinds_for
from parvis.surfaces.public.request.photos import Photos
from parvis.surfaces.public.request.resubmission import attempts_of
from parvis.surfaces.public.request.sending import place_in

SCRIPTS = tuple(f"public/{name}.js" for name in ("request-photos", "request-draft", "request-steps", "proof"))
# A frame is as tall as its page, so has no steps, and nothing there keeps a request for later.
FRAMED_SCRIPTS = (*(name for name in SCRIPTS if "steps" not in name), "public/embed/sending.js")
LONGEST_KEY = 36  # of a request that waits on the device, which this one replaces
STEPS = ("photo", "where", "what", "you", "check")


def show(
    request: HttpRequest,
    form: RequestForm,
    photos: Photos,
    *,
    first: bool = False,
    seen: set[str] | None = None,
    preview_of: RequestForm | None = None,
    ask_code: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page of the form, with everything typed; `first` when a warning must be read before sending, `ask_code` when
    the sender must first write the code sent to them.
    """
    context = parts(preview_of or form, photo_point=photos.place) | {
        "form": form,
        "subject": form.chosen,
        "card": answers.card(form.chosen.slug, language()) if form.chosen and not form.open_subject else None,
        "photos": photos,
        "largest": MAX_BYTES,
        "first": first,
        "ask_code": ask_code,
        "seen": " ".join(sorted(seen)) if seen is not None else form["seen"].value() or "",
        "english": english_offered(),
        "public_nav": nav("report"),
        "scripts": SCRIPTS,
        "mends": request.POST.get("outbox-mends", "")[:LONGEST_KEY],
        "attempts": attempts_of(request.POST),
        **offer(photos, form),
    }
    if framing.is_framed(request):
        context |= framing.context(request) | framing.form_urls(context, form.open_subject)
        context["scripts"] = FRAMED_SCRIPTS
    response = render(request, "public/request.html", context, status=status)
    if request.method == "POST" or request.GET:
        response["X-Robots-Tag"] = "noindex, follow"
    return response


def parts(form: RequestForm, *, photo_point: Point | None = None) -> dict[str, Any]:
    """What to show before sending, from the values typed so far, and the addresses of the form's parts.

    The kinds are also those of what stands at the point chosen, else where a photo was taken (`photo_point`, or read
    from one uploaded earlier).
    """
    about = form.chosen
    if form.is_bound:
        form.is_valid()  # fills cleaned_data with the valid fields
    values = getattr(form, "cleaned_data", {})
    words, nature, audience = (
        str(values.get(name) or form[name].value() or "") for name in ("words", "nature", "audience")
    )
    words, nature = words[:LONGEST], nature or form.usual_nature
    place = place_in(values if form.is_bound else _opened_with(form))
    return {
        "form": form,
        "placed": "pin" in form.fields,
        "danger": screen.danger_in(words),
        "ahead": screen.ahead(about, place, words, audience, nature) if about else None,
        "known": screen.nearby_requests(about, place, form.site_code) if nature == Nature.REQUEST else [],
        "pin": write_pin(place.point) if place.point else "",
        "pin_words": place.around,
        "place": place,
        "elsewhere": screen.perhaps_elsewhere(place),
        "kinds": _kinds(form, words, place.point or photo_point) if form.open_subject else None,
        **urls(form),
    }


def _kinds(form: RequestForm, words: str, point: Point | None) -> Kinds:
    at = point or (form.found_place if "found" in form.fields else None)
    return kinds_for(words or kind_words(form), form.chosen, standing_at(at) if at else None)


def _opened_with(form: RequestForm) -> dict[str, Any]:
    """The place that a scanned code gives to a form not sent yet; nothing without one."""
    site = form.site_code
    return {"place": site.full_place, "pin": site.point, "address": None} if site else {}


def kind_words(form: RequestForm) -> str:
    """The words that stand for what nobody wrote yet: the kind of equipment whose code was scanned."""
    return form.site_code.kind or form.site_code.name_fr if form.site_code else ""


def unbound(form: RequestForm) -> RequestForm:
    """The same form with the typed values and what they fill in, without errors."""
    values = {name: form[name].value() for name in form.fields}
    free = RequestForm(initial=values, about=form.chosen, open_subject=form.open_subject)
    free.fill()
    return free


def steps_of(form: RequestForm) -> tuple[str, ...]:
    """The steps of the form's page, in order: those of STEPS, without the place when its subject needs none."""
    return STEPS if "place" in form.fields else tuple(name for name in STEPS if name != "where")


def urls(form: RequestForm) -> dict[str, str]:
    """The addresses to which the form and its parts are sent."""
    if form.open_subject:
        names = {"form_url": "report", "before_url": "report_before", "photos_url": "report_photos"}
        names["step_url"] = "report_step"
        return {key: reverse(f"public:{name}") for key, name in names.items()}
    names = {"form_url": "request", "before_url": "request_before", "photos_url": "request_photos"}
    names["step_url"] = "request_step"
    return {key: reverse(f"public:{name}", args=[form.about.slug]) for key, name in names.items()}


def offer(photos: Photos, form: RequestForm, *, beside: bool = False) -> dict[str, Any]:
    """`found`, the location read from a photo, which the form carries as long as it has photos; `offered`, that
    location as a choice, unless a point is already chosen; and `beyond`, carried likewise, where a photo was taken out
    of the town, with the other town that it was taken in (`beyond_in`) when the town's files know it.

    `beside`: only the photos of the page are rendered again, with the offer; if it was accepted there, it stays so.
    """
    if "pin" not in form.fields:
        return {}
    outside = _outside(photos, form)
    previous = form.found_place if photos.shown else None
    point = photos.place or previous
    chosen = read_pin(str(form["pin"].value() or "")) if point else None
    accepted = beside and chosen is not None and chosen == previous
    point = previous if accepted else point
    if point is None:
        return outside
    pin = write_pin(point)
    if chosen and not accepted:
        return outside | {"found": pin}
    return outside | {"found": pin, "offered": {"pin": pin, "words": around(point), "taken": accepted}}


def _outside(photos: Photos, form: RequestForm) -> dict[str, Any]:
    point = photos.outside or (form.photo_beyond if photos.shown else None)
    return {"beyond": write_pin(point), "beyond_in": neighbours.neighbour_at(point)} if point else {}
