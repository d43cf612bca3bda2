"""The requests of Twilio: signed with the account's token, refused otherwise."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from parvis.apps.texts import services
from parvis.apps.texts.rules.signature import is_signed
from parvis.apps.texts.rules.states import of_twilio
from parvis.lib.errors import Invalid
from parvis.lib.words import number

NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
View = Callable[[HttpRequest], HttpResponse]


def signed(view: View) -> View:
    """A POST signed by the provider for PARVIS_URL, the path and the query; 403 otherwise, 404 without a provider."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.PARVIS_TEXTS:
            raise Http404
        url = settings.PARVIS_URL + request.get_full_path()
        fields = [(name, value) for name, values in request.POST.lists() for value in values]
        given = request.headers.get("X-Twilio-Signature", "")
        if not is_signed(given, settings.PARVIS_TEXTS["token"], url, fields):
            raise PermissionDenied
        return view(request)

    return guarded


@signed
def incoming(request: HttpRequest) -> HttpResponse:
    """Stores a text. Nothing is answered here: the provider itself confirms a STOP."""
    fields = request.POST
    try:
        services.store(
            provider_id=fields.get("MessageSid", ""),
            sender=fields.get("From", ""),
            body=fields.get("Body", ""),
            files=number(fields.get("NumMedia", "")) or 0,
        )
    except Invalid as refusal:
        return HttpResponse(str(refusal), status=400, content_type="text/plain; charset=utf-8")
    return HttpResponse(NO_ANSWER, content_type="text/xml")


@signed
def status(request: HttpRequest) -> HttpResponse:
    """Records what became of a text; one that is not ours is ignored, so that the provider does not insist."""
    fields = request.POST
    if identifier := fields.get("MessageSid", ""):
        services.record_status(
            provider_id=identifier[:64],
            text_id=number(request.GET.get("text", "")),
            state=of_twilio(fields.get("MessageStatus", "")),
            error=fields.get("ErrorCode", ""),
        )
    return HttpResponse(status=204)
