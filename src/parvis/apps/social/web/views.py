"""The webhooks of Facebook: signed with the secret of the town's app, refused otherwise."""

import hmac

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from parvis.apps.social.rules.signature import is_signed
from parvis.apps.social.services import incoming

PLAIN = "text/plain; charset=utf-8"


@csrf_exempt
@require_http_methods(["GET", "POST"])
def facebook(request: HttpRequest) -> HttpResponse:
    """GET: echoes the challenge to who knows the town's words. POST: stores what is signed, and works later."""
    if request.method == "GET":
        return _challenge(request)
    body = request.body
    if not is_signed(request.headers.get("X-Hub-Signature-256", ""), settings.PARVIS_FACEBOOK["secret"], body):
        raise PermissionDenied
    if len(body) > incoming.LARGEST:
        return HttpResponse(status=413)
    incoming.store(body=body)
    return HttpResponse("EVENT_RECEIVED", content_type=PLAIN)


def _challenge(request: HttpRequest) -> HttpResponse:
    expected, given = settings.PARVIS_FACEBOOK["verify"], request.GET.get("hub.verify_token", "")
    known = bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
    if request.GET.get("hub.mode") != "subscribe" or not known:
        raise PermissionDenied
    return HttpResponse(request.GET.get("hub.challenge", "")[:200], content_type=PLAIN)
