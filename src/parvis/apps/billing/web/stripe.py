"""The webhooks of Stripe: signed lately by one of the secrets of the settings, refused otherwise."""

import re
import time
from http import HTTPStatus
from typing import Any

import stripe
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from parvis.apps.billing.services.payments import store_event
from parvis.apps.throttling.services import within_limit
from parvis.lib.json_text import MalformedJson, read_json
from parvis.lib.limits import client_address

LARGEST = 500_000  # bytes of an event
LONGEST_NAME = 120  # of an event and of its type
TOLERANCE = 300  # seconds, in the past as in the future, which the library takes without a word
REFUSED, WINDOW = 60, 600  # webhooks refused from one address, in WINDOW seconds, before it is no longer listened to
PLAIN = "text/plain; charset=utf-8"


@csrf_exempt
@require_POST
def events(request: HttpRequest) -> HttpResponse:
    """Stores a signed event, once for its identifier, and answers 200 once it is committed; a job handles it.

    400, and nothing stored, for any other: those are counted by address, signed ones never are. 413 for a large body.
    """
    if settings.PARVIS_PAYMENTS != "stripe":
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    body, header = request.body, request.headers.get("Stripe-Signature", "")
    if not is_signed(body, header, settings.PARVIS_STRIPE["secrets"]):
        known = within_limit("stripe-webhook", client_address(request), times=REFUSED, seconds=WINDOW)
        return HttpResponse("no valid signature", status=400 if known else 429, content_type=PLAIN)
    try:
        told = read_json(body)
    except MalformedJson:
        told = None
    if not _is_event(told):
        return HttpResponse("not an event", status=400, content_type=PLAIN)
    store_event(provider="stripe", event_id=told["id"], kind=told["type"], body=told)
    return HttpResponse("stored", content_type=PLAIN)


def _is_event(told: Any) -> bool:
    """Whether it has what every event has. The job looks at what is in it, and sets aside what is malformed."""
    if not isinstance(told, dict):
        return False
    names = [told.get(name) for name in ("id", "type")]
    return all(isinstance(name, str) and 0 < len(name) <= LONGEST_NAME for name in names)


def is_signed(body: bytes, header: str, secrets: list[str]) -> bool:
    """Whether one of the secrets signed these bytes at a moment at most TOLERANCE seconds away."""
    moment = re.search(r"(?:^|,)t=(\d{1,12})(?:,|$)", header)
    if moment is None or int(moment[1]) > time.time() + TOLERANCE:
        return False
    return any(_signs(body, header, secret) for secret in secrets)


def _signs(body: bytes, header: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True
