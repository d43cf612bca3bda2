"""The requests of Twilio: signed with the account's token, refused otherwise."""

from django.http import HttpRequest, HttpResponse

from parvis.apps.telephony.rules.text_states import of_twilio
from parvis.apps.telephony.services.texts.incoming import store
from parvis.apps.telephony.services.texts.outgoing import record_status
from parvis.lib.errors import Invalid
from parvis.lib.twilio_web import signed_by
from parvis.lib.words import number

NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@signed_by("PARVIS_TEXTS")
def incoming(request: HttpRequest) -> HttpResponse:
    """Stores a text. Nothing is answered here: the provider itself confirms a STOP."""
    fields = request.POST
    try:
        store(
            provider_id=fields.get("MessageSid", ""),
            sender=fields.get("From", ""),
            body=fields.get("Body", ""),
            files=number(fields.get("NumMedia", "")) or 0,
        )
    except Invalid as refusal:
        return HttpResponse(str(refusal), status=400, content_type="text/plain; charset=utf-8")
    return HttpResponse(NO_ANSWER, content_type="text/xml")


@signed_by("PARVIS_TEXTS")
def status(request: HttpRequest) -> HttpResponse:
    """Records what became of a text; one that is not ours is ignored, so that the provider does not insist."""
    fields = request.POST
    if identifier := fields.get("MessageSid", ""):
        record_status(
            provider_id=identifier[:64],
            text_id=number(request.GET.get("text", "")),
            news=of_twilio(fields.get("MessageStatus", "")),
            error=fields.get("ErrorCode", ""),
        )
    return HttpResponse(status=204)
