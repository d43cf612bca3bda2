"""The requests of Twilio: signed with the account's token, refused otherwise."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import override

from parvis.apps.telephony.models import OutgoingCall
from parvis.apps.telephony.rules import call_states as states
from parvis.apps.telephony.rules import twiml
from parvis.apps.telephony.rules.speech import paragraphs
from parvis.apps.telephony.services.calls import speaking
from parvis.apps.telephony.services.calls.news import record_news
from parvis.apps.telephony.services.calls.placing import report_of
from parvis.lib.twilio_web import signed_by
from parvis.lib.words import number

MOST_TIMES = 3  # that a message is said again in one call
_OF_KEY = {twiml.CONFIRM: states.CONFIRMED, twiml.LEAVE: states.REFUSED, "": states.HEARD}


def _record(request: HttpRequest, news: str, error: str = "") -> OutgoingCall | None:
    return record_news(
        call_id=number(request.GET.get("call", "")) or 0,
        attempt=number(request.GET.get("attempt", "")) or 0,
        provider_id=request.POST.get("CallSid", "")[:64],
        news=news,
        error=error,
        lasted=number(request.POST.get("CallDuration", "")) or 0,
    )


@signed_by("PARVIS_VOICE")
def status(request: HttpRequest) -> HttpResponse:
    """Records what became of a call; one that is not ours is ignored, so that the provider does not insist."""
    fields = request.POST
    state = states.of_twilio(fields.get("CallStatus", ""), fields.get("AnsweredBy", ""))
    error = fields.get("ErrorMessage", "") or fields.get("ErrorCode", "") or fields.get("SipResponseCode", "")
    _record(request, state, error if state == states.FAILED else "")
    return HttpResponse(status=204)


@signed_by("PARVIS_VOICE")
def keys(request: HttpRequest) -> HttpResponse:
    """Records the key pressed after the message, or none, and answers what is said next.

    2 says the message again, as any other key does, MOST_TIMES at most: any key says that someone heard. An answering
    machine presses none.
    """
    digit = request.POST.get("Digits", "")
    state = _OF_KEY.get(digit, states.HEARD)
    if state == states.HEARD and request.POST.get("AnsweredBy", "").startswith("machine"):
        state = states.MACHINE
    call = _record(request, state)
    if call is None or not call.words:
        return _said(twiml.ending())
    times = number(request.GET.get("times", "")) or 0
    if digit in _OF_KEY or times >= MOST_TIMES:
        with override(call.language):
            words = {twiml.CONFIRM: speaking.confirmed(), twiml.LEAVE: speaking.left()}.get(digit, "")
        return _said(twiml.ending(call.language, words))
    again = f"{report_of(call.pk, call.attempts).keys}&times={times + 1}"
    return _said(twiml.message(call.language, paragraphs(call.words), again))


def _said(spoken: str) -> HttpResponse:
    return HttpResponse(spoken, content_type="text/xml")
