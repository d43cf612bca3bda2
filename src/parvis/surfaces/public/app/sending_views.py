"""Receiving a request that waited on a device: once, whatever happened on the way."""

from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from parvis.apps.cases.models import Case
from parvis.apps.catalogue.queries.subjects import routable
from parvis.apps.intake.queries.contacts import matter_by_key
from parvis.lib.errors import Refused
from parvis.lib.limits import client_address
from parvis.surfaces.public.account.prefill import attach
from parvis.surfaces.public.request import abuse_limits, sending
from parvis.surfaces.public.request.forms import RequestForm
from parvis.surfaces.public.request.photos import Photos, gather
from parvis.surfaces.public.request.resubmission import First, first_of, kept_token, uuid_of
from parvis.surfaces.public.request.views import KEYS, posted, uploads_of
from parvis.surfaces.public.same_origin import same_origin

NOT_FOUND, UNPROCESSABLE, TOO_MANY = 404, 422, 429


@same_origin
@never_cache
@require_POST
def deliver(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """Opens the request of a form that waited on the device, once per `outbox`, the key (a UUID) made there.

    201 with its `reference`, `secret` and `receipt`, whether it opened it now or before; 202 with its `receipt` when
    someone must look at it first; the `receipt` of one that was changed on the device after it had arrived (`outbox-
    mends`) says that the changes may be missing. 422 with the `errors` by field when it must be mended; 404 when the
    subject takes no request any more; 429 to try again later. Warnings that the page would show first are passed over:
    nobody is there to read them.
    """
    key = uuid_of(request.POST.get("outbox", ""))
    if slug and routable(slug) is None:
        return _refused({"": [_("This kind of request is no longer taken here.")]}, NOT_FOUND)
    if key is None:
        return _refused({"": [_("This request cannot be read.")]}, UNPROCESSABLE)
    form = posted(request, slug)
    if first := first_of(request.POST, _signed_key(form)):
        return _answered_before(first)
    if case := _already_opened(form, key):
        return _opened(case)
    if held := _already_held(form, key):
        return _held(held)
    if abuse_limits.too_many(request, form, _signed_key(form) or key):
        return _refused({"": [_("Too many sendings from here. It will be tried again by itself.")]}, TOO_MANY)
    kept, uploads = request.POST.getlist("kept"), uploads_of(request)
    photos = gather(_signed_key(form) or key, kept, uploads, client=client_address(request))
    valid = form.is_valid()
    for refusal in photos.refused:
        form.add_error("photos", refusal)
    if not valid or photos.refused:
        return _refused(_errors(form), UNPROCESSABLE)
    return _open(request, form, key, photos)


def _open(request: HttpRequest, form: RequestForm, key: str, photos: Photos) -> HttpResponse:
    words, place = form.cleaned_data["words"].strip(), sending.place_in(form.cleaned_data)
    signed = _signed_key(form)
    try:
        if not abuse_limits.passes_unattended(request, form, signed or key):
            sending.hold_from(form, key, place, photos)
            return _held(key)
        opened = sending.open_from(form, signed, place, photos) if signed else None
        if opened is None or (not opened.created and opened.case.words != words):
            opened = sending.open_from(form, key, place, photos)  # the page served for another request before
    except Refused as refused:
        form.refuse(refused.fields, refused.message)
        return _refused(_errors(form), refused.status)
    attach(request, opened.case)
    return _opened(opened.case)


def _already_opened(form: RequestForm, key: str) -> Case | None:
    """The request opened before for this form: under the key of the device, or by the page itself just before the
    network was lost.
    """
    if (matter := matter_by_key(f"web-{key}")) and matter.case:
        return matter.case
    signed = _signed_key(form)
    matter = matter_by_key(f"web-{signed}") if signed else None
    same = matter and matter.case and matter.case.words == form.spoken
    return matter.case if matter and same else None


def _already_held(form: RequestForm, key: str) -> str:
    """The key, of the device or of the page, under which this form is kept to be looked at; "" when it is not."""
    return next((one for one in (key, _signed_key(form)) if one and sending.already_held(form, one)), "")


def _signed_key(form: RequestForm) -> str:
    """The key issued with the page; "" when the page was one kept on the device, whose key is left out."""
    try:
        return KEYS.read(str(form["key"].value() or ""))
    except signing.BadSignature:
        return ""


def _answered_before(first: First) -> HttpResponse:
    return _opened(first.case, first.receipt) if first.case else _held(first.held, first.receipt)


def _opened(case: Case, receipt: str = "") -> HttpResponse:
    receipt = receipt or reverse("public:request_received", args=[case.secret])
    values = {"reference": case.reference, "secret": case.secret, "title": case.shown_title, "receipt": receipt}
    return JsonResponse(values, status=201)


def _held(key: str, receipt: str = "") -> HttpResponse:
    receipt = receipt or reverse("public:request_kept", args=[kept_token(key)])
    return JsonResponse({"reference": "", "secret": "", "title": "", "receipt": receipt}, status=202)


def _errors(form: RequestForm) -> dict[str, list[str]]:
    return {name: [str(error) for error in errors] for name, errors in form.errors.items()}


def _refused(errors: dict[str, list[str]], status: int) -> HttpResponse:
    words = " ".join(dict.fromkeys(error for found in errors.values() for error in found))
    return JsonResponse({"errors": errors, "words": words}, status=status)
