"""What a device asks of the site: to be told by push, to be forgotten, the state of the requests it keeps."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from parvis.apps.cases.queries.device_requests import MOST, states_of
from parvis.apps.push.models import Device
from parvis.apps.push.queries import devices
from parvis.apps.push.services.devices import forget_device, new_secret, register_device, vapid_key
from parvis.apps.throttling.services import within_limit
from parvis.lib.errors import Invalid
from parvis.lib.json_text import MalformedJson
from parvis.lib.json_text import read_json as read_json_text
from parvis.lib.limits import client_address, stores_nothing, within_here
from parvis.surfaces.public.same_origin import same_origin

DEVICE_COOKIE = "appareil"
YEAR = 365 * 86_400
WINDOW, REGISTERED, READ = 600, 60, 120
TOO_MANY, UNPROCESSABLE = 429, 422
LONGEST_BODY = 20_000


def device_of(request: HttpRequest) -> Device | None:
    """The device of this browser, live or not; None when it never accepted notices."""
    return devices.device_of(request.COOKIES.get(DEVICE_COOKIE, ""))


def live_device(request: HttpRequest) -> Device | None:
    """The device of this browser, when it accepts notices."""
    device = device_of(request)
    return device if device and device.live else None


@same_origin
@never_cache
@require_http_methods(["GET", "POST", "DELETE"])
def device(request: HttpRequest) -> HttpResponse:
    """GET: {"key", "live"}: the key that a subscription needs, and whether this device accepts notices. POST: registers
    the subscription of the body, as `PushSubscription.toJSON` gives it. DELETE: forgets the device.
    """
    if request.method == "GET":
        known = device_of(request)
        return JsonResponse({"key": vapid_key().public, "live": bool(known and known.live)})
    if not within_limit("device", client_address(request), times=REGISTERED, seconds=WINDOW):
        return JsonResponse({"error": _("Too many attempts from here. Wait ten minutes.")}, status=TOO_MANY)
    if request.method == "DELETE":
        if known := device_of(request):
            forget_device(device_id=known.pk)
        response = JsonResponse({"live": False})
        response.delete_cookie(DEVICE_COOKIE)
        return response
    return _register(request)


def _register(request: HttpRequest) -> HttpResponse:
    given = read_json(request)
    keys = given.get("keys")
    keys = keys if isinstance(keys, dict) else {}
    secret = request.COOKIES.get(DEVICE_COOKIE, "")
    secret = secret if devices.device_of(secret) else new_secret()
    try:
        registered = register_device(
            secret=secret,
            endpoint=str(given.get("endpoint") or ""),
            p256dh=str(keys.get("p256dh") or ""),
            auth=str(keys.get("auth") or ""),
            language=get_language() or "fr",
        )
    except Invalid as refused:
        return JsonResponse({"error": str(refused.message)}, status=refused.status)
    response = JsonResponse({"live": registered.live}, status=201)
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(DEVICE_COOKIE, secret, max_age=YEAR, samesite="Lax", secure=secure, httponly=True)
    return response


@same_origin
@never_cache
@require_POST
@stores_nothing
def device_requests(request: HttpRequest) -> HttpResponse:
    """The state of the requests whose secrets, those of their private links, are in the body: {"secrets": [...]}.

    {"requests": [...]}: the known ones, the latest first. An unknown secret is passed over, as a forged one.
    """
    if not within_here("device-requests", client_address(request), times=READ, seconds=WINDOW):
        return JsonResponse({"error": _("Too many attempts from here. Wait ten minutes.")}, status=TOO_MANY)
    secrets = read_json(request).get("secrets")
    if not isinstance(secrets, list) or len(secrets) > MOST:
        return JsonResponse({"error": _("This list of requests cannot be read.")}, status=UNPROCESSABLE)
    return JsonResponse({"requests": states_of([str(secret) for secret in secrets])})


def read_json(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of the body; {} for anything else, or for one too long."""
    try:
        body = read_json_text(request.body) if len(request.body) <= LONGEST_BODY else {}
    except MalformedJson:
        return {}
    return body if isinstance(body, dict) else {}
