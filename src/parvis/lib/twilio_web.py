"""The requests that Twilio makes, signed with the token of the account."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from parvis.lib.twilio import is_signed

View = Callable[[HttpRequest], HttpResponse]


def signed_by(setting: str) -> Callable[[View], View]:
    """A POST signed for PARVIS_URL, the path and the query by the account of a setting (PARVIS_TEXTS, PARVIS_VOICE).

    403 otherwise, 404 when the setting is empty.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @require_POST
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            account = getattr(settings, setting)
            if not account:
                raise Http404
            url = settings.PARVIS_URL + request.get_full_path()
            fields = [(name, value) for name, values in request.POST.lists() for value in values]
            if not is_signed(request.headers.get("X-Twilio-Signature", ""), account["token"], url, fields):
                raise PermissionDenied
            return view(request)

        return guarded

    return decorate
