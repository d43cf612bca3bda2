"""A request made on the site: choose a kind, fill in the form, see what will happen, send it once."""

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_cookie

from parvis.apps.cases.queries.cases import by_secret
from parvis.apps.cases.queries.citizens.citizen_cases import may_correct
from parvis.apps.cases.queries.due_status import due_words
from parvis.apps.cases.queries.merged_cases import as_seen_by_citizen
from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.queries.site_codes import in_use
from parvis.apps.catalogue.queries.subjects import general, routable
from parvis.apps.content.queries import answers
from parvis.apps.files.web import respond
from parvis.apps.intake.queries.contacts import matter_by_key
from parvis.apps.intake.queries.held_requests import held_by_key
from parvis.apps.matching.queries import suggesting
from parvis.lib.errors import Refused
from parvis.lib.ids import show_code
from parvis.lib.limits import client_address
from parvis.surfaces.public import framing
from parvis.surfaces.public.account.prefill import account_initial, attach
from parvis.surfaces.public.answers.screen import language
from parvis.surfaces.public.ask.screen import LONGEST as LONGEST_QUESTION
from parvis.surfaces.public.ask.screen import POSSIBLE, SAFE, safe_url
from parvis.surfaces.public.follow.views import private, unknown
from parvis.surfaces.public.form_guard import Keys, restorable
from parvis.surfaces.public.forms import LONGEST
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.http_cache import page
from parvis.surfaces.public.request import abuse_limits, sending
from parvis.surfaces.public.request.form_page import show, unbound
from parvis.surfaces.public.request.forms import ME, RequestForm, write_pin
from parvis.surfaces.public.request.photos import Photos, gather, photo_of
from parvis.surfaces.public.request.resubmission import CHANGED, KEPT_SALT, first_of, kept_token
from parvis.surfaces.public.same_origin import same_origin
from parvis.ui import qr
from parvis.ui.views import or_404

KEYS = Keys("parvis.request", seconds=7 * 86_400)
KEPT_SECONDS = 30 * 86_400
BEST = 6


@require_safe
@cache_control(private=True, no_cache=True)
@vary_on_cookie
def choose(request: HttpRequest) -> HttpResponse:
    """The kinds of request, by family; with `?q=`, the likeliest for these words come first."""
    words, lang = request.GET.get("q", "").strip()[:LONGEST], language()
    safe = SAFE in request.GET
    suggestion = (
        suggesting.suggest(words[:LONGEST_QUESTION], lang=None, limit=BEST + 4, nobody_in_danger=safe)
        if words
        else None
    )
    hits = suggestion.hits if suggestion else ()
    slugs = [hit.slug for hit in hits if hit.routable and hit.confidence >= POSSIBLE]
    context = {
        "words": words,
        "longest": LONGEST_QUESTION,
        "found": [card for slug in slugs if (card := answers.card(slug, lang))][:BEST],
        "families": [
            (family, cards)
            for family in answers.families(lang)
            if (cards := [card for card in family.cards if card.routable])
        ],
        "danger": suggestion.danger if suggestion else None,
        "caution": suggestion.caution if suggestion else False,
        "safe_url": safe_url("public:requests", words),
        "general": general(),
        "public_nav": nav("report"),
    }
    return page(request, "public/requests.html", context)


@same_origin
@restorable
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The form of a request whose subject is chosen in it. POST as `write`."""
    return _form(request, None)


@same_origin
@restorable
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of a request. POST opens one request, however many times it is sent, and redirects to its receipt."""
    return _form(request, slug)


def _form(request: HttpRequest, slug: str | None) -> HttpResponse:
    if request.method != "POST":
        form = blank(request, slug)
        form.fill()
        return show(request, form, Photos())
    form = posted(request, slug)
    key, valid = key_of(form), form.is_valid()
    if abuse_limits.too_many(request, form, key):
        return show(request, form, gather(key, request.POST.getlist("kept")), status=429)
    if first := first_of(request.POST, key):
        return redirect(first.receipt)
    if case := sending.already_opened(form, key):
        return redirect(framing.address(request, "request_received", case.secret))
    if sending.already_held(form, key):
        return redirect(framing.address(request, "request_kept", kept_token(key)))
    photos = gather(key, request.POST.getlist("kept"), uploads_of(request), client=client_address(request))
    if "see" in request.POST:
        return show(request, unbound(form), photos, preview_of=form)
    for refusal in photos.refused:
        form.add_error("photos", refusal)
    if not valid or photos.refused:
        form.fill()
        return show(request, form, photos, status=422)
    return _send(request, form, key, photos)


def _send(request: HttpRequest, form: RequestForm, key: str, photos: Photos) -> HttpResponse:
    """Opens the request of a valid form, once every warning about it was shown and its sender is no flood."""
    place = sending.place_in(form.cleaned_data)
    warnings = sending.warnings_of(form, place, photos)
    seen = set(form.cleaned_data["seen"].split())
    sent_before = matter_by_key(f"web-{key}")
    if warnings - seen and not sent_before:
        return show(request, form, photos, first=True, seen=seen | warnings)
    gate = abuse_limits.Gate.OPEN if sent_before else abuse_limits.gate(request, form, key)
    if gate == abuse_limits.Gate.ASK:
        return show(request, form, photos, status=422, ask_code=True, seen=seen | warnings)
    try:
        if gate == abuse_limits.Gate.KEEP:
            sending.hold_from(form, key, place, photos)
            return redirect(framing.address(request, "request_kept", kept_token(key)))
        opened = sending.open_from(form, key, place, photos)
    except Refused as refused:
        form.refuse(refused.fields, refused.message)
        return show(request, form, photos, status=422)
    if not opened.created and opened.case.words != form.cleaned_data["words"].strip():
        error = _("This page was already sent: it is request %(reference)s. Send again to make another one.")
        form.add_error(None, error % {"reference": opened.case.reference})
        form.renew(KEYS.new())
        return show(request, form, Photos(), status=422)
    if not framing.is_framed(request):
        attach(request, opened.case)
    return redirect(framing.address(request, "request_received", opened.case.secret))


def blank(request: HttpRequest, slug: str | None) -> RequestForm:
    """A new form, with the words of `?q=`; `slug` is None when the subject is chosen in the form (`?sujet=`)."""
    subject = subject_of(slug) if slug else routable(request.GET.get("sujet", ""))
    words = request.GET.get("q", "").strip()[:LONGEST]
    initial = {"words": words, "nature": subject.nature if subject else "", "who": ME, "language": language()}
    initial |= {"key": KEYS.new(), "subject": subject.slug if subject else ""}
    if site := in_use(request.GET.get("ici", "")):
        initial |= {"site": site.code, "place": site.full_place, "pin": write_pin(site.point)}
    if not framing.is_framed(request):
        initial |= account_initial(request)
    return RequestForm(initial=initial, about=subject, open_subject=slug is None)


def posted(request: HttpRequest, slug: str | None) -> RequestForm:
    """The form as it was sent."""
    subject = subject_of(slug) if slug else routable(request.POST.get("subject", ""))
    return RequestForm(request.POST, about=subject, open_subject=slug is None)


@never_cache
@require_safe
def photo(request: HttpRequest, token: str) -> HttpResponseBase:
    """The thumbnail of a photo in an unsent form; its token grants access."""
    attachment = or_404(photo_of(token))
    return respond(attachment, thumbnail=True)


@never_cache
@require_safe
def received(request: HttpRequest, secret: str) -> HttpResponse:
    """The receipt of a request just sent: its reference, its link and code, its promise."""
    case = by_secret(secret)
    if case is None:
        return unknown(request)
    case = as_seen_by_citizen(case)
    link = request.build_absolute_uri(f"/suivi/{case.secret}/")
    context = {
        "case": case,
        "code": show_code(case.code),
        "link": link,
        "qr": qr.drawing(link, _("Square code of the private link to this request")),
        "due_words": due_words(case),
        "changed": CHANGED in request.GET,
        "may_correct": may_correct(case),
        "public_nav": nav("report"),
        **framing.context(request),
    }
    return private(render(request, "public/request_received.html", context))


@never_cache
@require_safe
def kept(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a request that someone must look at first; once it is opened, its receipt."""
    try:
        key = f"web-{signing.loads(token, salt=KEPT_SALT, max_age=KEPT_SECONDS)}"
    except signing.BadSignature:
        return unknown(request)
    if (matter := matter_by_key(key)) and matter.case:
        changed = f"?{CHANGED}" if CHANGED in request.GET else ""
        return redirect(framing.address(request, "request_received", matter.case.secret) + changed)
    held = held_by_key(key)
    if held is None:
        return unknown(request)
    context = {"held": held, "changed": CHANGED in request.GET, "public_nav": nav("report"), **framing.context(request)}
    return private(render(request, "public/request_kept.html", context))


def subject_of(slug: str) -> Subject:
    """A subject that may be requested; Http404 for any other."""
    return or_404(routable(slug))


def uploads_of(request: HttpRequest) -> list[UploadedFile[bytes]]:
    """The photos sent with a form."""
    return [upload for upload in request.FILES.getlist("photos") if upload.name]


def key_of(form: RequestForm) -> str:
    """The key issued with the form; a form without one, or older than a week, gets a new one."""
    try:
        return KEYS.read(str(form["key"].value() or ""))
    except signing.BadSignature:
        fresh = KEYS.new()
        form.renew(fresh)
        return KEYS.read(fresh)
