"""A request made on the site: choose a kind, fill in the form, see what will happen, send it once."""

from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_cookie

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries import by_secret
from parvis.apps.cases.queries.due_status import due_words
from parvis.apps.cases.queries.merged_cases import as_seen_by_citizen
from parvis.apps.cases.queries.request_place import Place, around, place_of
from parvis.apps.cases.services import NewCase
from parvis.apps.catalogue.models import Channel, Nature, Subject
from parvis.apps.catalogue.queries import general, routable
from parvis.apps.content import queries as content
from parvis.apps.files.web import respond
from parvis.apps.intake import services
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.queries import matter_by_key
from parvis.apps.matching import queries as matching
from parvis.apps.residents.services import Newcomer
from parvis.lib.errors import Refused
from parvis.lib.ids import show_code
from parvis.lib.limits import client_address, within, within_here
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.ask.screen import LONGEST as LONGEST_QUESTION
from parvis.surfaces.public.ask.screen import POSSIBLE, SAFE, safe_url
from parvis.surfaces.public.follow.views import private, unknown
from parvis.surfaces.public.form_guard import WINDOW, Keys, restorable, too_many
from parvis.surfaces.public.forms import LONGEST
from parvis.surfaces.public.frame import english_offered, nav
from parvis.surfaces.public.http_cache import page
from parvis.surfaces.public.request import screen
from parvis.surfaces.public.request.forms import ME, RequestForm, read_pin, write_pin
from parvis.surfaces.public.request.photos import Photos, gather, photo_of
from parvis.surfaces.public.same_origin import same_origin

KEYS = Keys("parvis.request", seconds=7 * 86_400)
SENDINGS, UPLOADS = 30, 60
BEST = 6


@require_safe
@cache_control(private=True, no_cache=True)
@vary_on_cookie
def choose(request: HttpRequest) -> HttpResponse:
    """The kinds of request, by family; with `?q=`, the likeliest for these words come first."""
    words, lang = request.GET.get("q", "").strip()[:LONGEST], language()
    safe = SAFE in request.GET
    suggestion = (
        matching.suggest(words[:LONGEST_QUESTION], lang=None, limit=BEST + 4, nobody_in_danger=safe) if words else None
    )
    hits = suggestion.hits if suggestion else ()
    slugs = [hit.slug for hit in hits if hit.routable and hit.confidence >= POSSIBLE]
    context = {
        "words": words,
        "longest": LONGEST_QUESTION,
        "found": [card for slug in slugs if (card := content.card(slug, lang))][:BEST],
        "families": [
            (family, cards)
            for family in content.families(lang)
            if (cards := [card for card in family.cards if card.routable])
        ],
        "danger": suggestion.danger if suggestion else None,
        "caution": suggestion.caution if suggestion else False,
        "safe_url": safe_url("public:requests", words),
        "general": general(),
        "public_nav": nav("request"),
    }
    return page(request, "public/requests.html", context)


@same_origin
@restorable
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a request. POST opens one request, however many times it is sent, and redirects to its receipt."""
    subject = _subject(slug)
    if request.method != "POST":
        words = request.GET.get("q", "").strip()[:LONGEST]
        initial = {"words": words, "nature": subject.nature, "who": ME, "language": language()}
        initial |= {"key": KEYS.new(), "reach": "email"}
        return _show(request, RequestForm(initial=initial, about=subject), Photos())
    form = RequestForm(request.POST, about=subject)
    key, valid = _key(form), form.is_valid()
    if too_many(request, form, SENDINGS):
        return _show(request, form, gather(key, request.POST.getlist("kept"), []), status=429)
    if case := _already_opened(form, key):
        return redirect("public:request_received", case.secret)
    photos = gather(key, request.POST.getlist("kept"), _uploads(request))
    if "see" in request.POST:
        return _show(request, _unvalidated(form), photos, preview_of=form)
    for refusal in photos.refused:
        form.add_error("photos", refusal)
    if not valid or photos.refused:
        return _show(request, form, photos, status=422)
    return _send(request, form, key, photos)


def _send(request: HttpRequest, form: RequestForm, key: str, photos: Photos) -> HttpResponse:
    """Opens the request of a valid form, once every warning about it was shown."""
    place = _place(form.cleaned_data)
    warnings = _warnings(form, place, photos)
    seen = set(form.cleaned_data["seen"].split())
    if warnings - seen and not matter_by_key(f"web-{key}"):
        return _show(request, form, photos, first=True, seen=seen | warnings)
    try:
        opened = services.open_request(
            _arrival(form, key),
            _new_case(form, key, place, photos),
            newcomer=_newcomer(form),
            reach=str(form.cleaned_data.get("reach") or ""),
        )
    except Refused as refused:
        form.refuse(refused.fields, refused.message)
        return _show(request, form, photos, status=422)
    if not opened.created and opened.case.words != form.cleaned_data["words"].strip():
        error = _("This page was already sent: it is request %(reference)s. Send again to make another one.")
        form.add_error(None, error % {"reference": opened.case.reference})
        form.renew(KEYS.new())
        return _show(request, form, Photos(), status=422)
    return redirect("public:request_received", opened.case.secret)


def _place(values: Mapping[str, Any]) -> Place:
    return place_of(values.get("address"), str(values.get("place") or ""), values.get("pin"))


def _already_opened(form: RequestForm, key: str) -> Case | None:
    """The request opened under this key with the same words. Only the words are compared: going back in a browser
    restores most of what was typed, not all of it.
    """
    matter = matter_by_key(f"web-{key}")
    same = matter and matter.case and matter.case.words == str(form["words"].value() or "").strip()
    return matter.case if matter and same else None


def _warnings(form: RequestForm, place: Place, photos: Photos) -> set[str]:
    """What must be shown once before sending: a danger, open requests nearby, a place that may be in another town,
    the location read from a photo.
    """
    warnings = set()
    if screen.danger_in(form.cleaned_data["words"]):
        warnings.add("danger")
    if form.cleaned_data["nature"] == Nature.REQUEST:
        warnings |= {nearby.mark for nearby in screen.nearby_requests(form.about, place)}
    if photos.place and not place.point and "pin" in form.fields:
        warnings.add("photo")
    if screen.perhaps_elsewhere(place):
        warnings.add("elsewhere")
    return warnings


def _arrival(form: RequestForm, key: str) -> Arrival:
    values = form.cleaned_data
    return Arrival(
        channel=Channel.WEB,
        key=f"web-{key}",
        language=values["language"],
        english_ground=_ground(values),
        audience=values["audience"],
        text=values["words"],
    )


def _ground(values: dict[str, Any]) -> str:
    return str(values.get("ground") or "") if values["language"] == "en" else ""


def _new_case(form: RequestForm, key: str, place: Place, photos: Photos) -> NewCase:
    values = form.cleaned_data
    return NewCase(
        key=f"web-{key}",
        subject=form.about,
        nature=values["nature"],
        channel=Channel.WEB,
        language=values["language"],
        audience=values["audience"],
        words=values["words"],
        details=form.details,
        address=place.address,
        place_text="" if place.address else place.text,
        near_metres=place.near_metres,
        point=place.point,
        near=place.near,
        photos=photos.attachments,
    )


def _newcomer(form: RequestForm) -> Newcomer | None:
    values = form.cleaned_data
    if values["who"] != ME:
        return None
    names = ("name", "phone", "email", "language", "audience")
    return Newcomer(**{name: values[name] for name in names}, english_ground=_ground(values))


def _show(
    request: HttpRequest,
    form: RequestForm,
    photos: Photos,
    *,
    first: bool = False,
    seen: set[str] | None = None,
    preview_of: RequestForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of the form, with everything typed; `first` when a warning must be read before sending."""
    context = _before(preview_of or form) | {
        "form": form,
        "subject": form.about,
        "card": content.card(form.about.slug, language()),
        "photos": photos,
        "first": first,
        "seen": " ".join(sorted(seen)) if seen is not None else form["seen"].value() or "",
        "english": english_offered(),
        "public_nav": nav("request"),
        **_offer(photos, form),
    }
    response = render(request, "public/request.html", context, status=status)
    response["X-Robots-Tag"] = "noindex, follow"
    return response


def _unvalidated(form: RequestForm) -> RequestForm:
    """The same form with the typed values, unbound, so without errors."""
    return RequestForm(initial={name: form[name].value() for name in form.fields}, about=form.about)


def _before(form: RequestForm) -> dict[str, Any]:
    """What to show before sending, from the values typed so far."""
    about = form.about
    if form.is_bound:
        form.is_valid()  # fills cleaned_data with the valid fields
    values = getattr(form, "cleaned_data", {})
    words, nature, audience = (
        str(values.get(name) or form[name].value() or "") for name in ("words", "nature", "audience")
    )
    words, nature = words[:LONGEST], nature or about.nature
    place = _place(values)
    return {
        "danger": screen.danger_in(words),
        "ahead": screen.ahead(about, place, words, audience, nature),
        "known": screen.nearby_requests(about, place) if nature == Nature.REQUEST else [],
        "pin": write_pin(place.point) if place.point else "",
        "pin_words": place.around,
        "elsewhere": screen.perhaps_elsewhere(place),
    }


def _offer(photos: Photos, form: RequestForm, *, beside: bool = False) -> dict[str, Any]:
    """`found`, the location read from a photo, which the form carries as long as it has photos; and `offered`, that
    location as a choice, unless a point is already chosen.

    `beside`: only the photos of the page are rendered again, with the offer; if it was accepted there, it stays so.
    """
    if "pin" not in form.fields:
        return {}
    previous = form.found_place if photos.shown else None
    point = photos.place or previous
    chosen = read_pin(str(form["pin"].value() or "")) if point else None
    accepted = beside and chosen is not None and chosen == previous
    point = previous if accepted else point
    if point is None:
        return {}
    pin = write_pin(point)
    if chosen and not accepted:
        return {"found": pin}
    return {"found": pin, "offered": {"pin": pin, "words": around(point), "taken": accepted}}


@same_origin
@never_cache
@require_POST
def before(request: HttpRequest, slug: str) -> HttpResponse:
    """The parts of the page that depend on the typed values, for htmx: what happens, a danger, requests nearby."""
    if not within_here("request-before", client_address(request), times=120, seconds=60):
        return HttpResponse(status=429)
    form = RequestForm(request.POST, about=_subject(slug))
    return render(request, "public/request/before.html", _before(form) | {"placed": "pin" in form.fields})


@same_origin
@never_cache
@require_POST
def add_photos(request: HttpRequest, slug: str) -> HttpResponse:
    """Stores photos as soon as they are chosen, for htmx, and offers the location read from one."""
    form = RequestForm(request.POST, about=_subject(slug))
    allowed = within("request-photos", client_address(request), times=UPLOADS, seconds=WINDOW)
    photos = gather(_key(form), request.POST.getlist("kept"), _uploads(request) if allowed else [])
    context = {"subject": form.about, "photos": photos, "too_many": not allowed}
    context |= _offer(photos, form, beside="offered" in request.POST)
    return render(request, "public/request/photos.html", context)


@never_cache
@require_safe
def photo(request: HttpRequest, token: str) -> HttpResponseBase:
    """The thumbnail of a photo in an unsent form; its token grants access."""
    attachment = photo_of(token)
    if attachment is None:
        raise Http404
    return respond(attachment, thumbnail=True)


@never_cache
@require_safe
def received(request: HttpRequest, secret: str) -> HttpResponse:
    """The receipt of a request just sent: its reference, its link and code, its promise."""
    case = by_secret(secret)
    if case is None:
        return unknown(request)
    case = as_seen_by_citizen(case)
    context = {
        "case": case,
        "code": show_code(case.code),
        "link": request.build_absolute_uri(f"/suivi/{case.secret}/"),
        "due_words": due_words(case),
        "public_nav": nav("request"),
    }
    return private(render(request, "public/request_received.html", context))


def _subject(slug: str) -> Subject:
    subject = routable(slug)
    if subject is None:
        raise Http404
    return subject


def _uploads(request: HttpRequest) -> list[UploadedFile[bytes]]:
    return [upload for upload in request.FILES.getlist("photos") if upload.name]


def _key(form: RequestForm) -> str:
    """The key issued with the form; a form without one, or older than a week, gets a new one."""
    try:
        return KEYS.read(str(form["key"].value() or ""))
    except signing.BadSignature:
        fresh = KEYS.new()
        form.renew(fresh)
        return KEYS.read(fresh)
