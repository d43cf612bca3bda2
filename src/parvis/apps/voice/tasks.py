"""Background work of calls."""

import logging
from urllib.parse import urlencode

from django.conf import settings

from parvis.apps.voice.channels import Provider, Report, Script, provider
from parvis.apps.voice.models import OutgoingCall
from parvis.apps.voice.queries import refusing
from parvis.apps.voice.rules import states
from parvis.apps.voice.rules.speech import paragraphs
from parvis.apps.voice.services import attempts
from parvis.lib.clock import now
from parvis.lib.phone_numbers import is_callable
from parvis.lib.transport import DeliveryUncertain, PermanentError, TransientError

logger = logging.getLogger(__name__)
State = OutgoingCall.State


def place(call_id: int) -> None:
    """Hands over a call, unless it left the queue, is past its end, out of hours, or goes to a number that refuses
    calls or that the town does not call.

    At most once for each attempt, as far as the provider lets us know: the attempt is recorded first, and one whose
    result is not clear waits for a line again only when, LOOK_AFTER later, the provider's own list does not hold it.
    """
    call = OutgoingCall.objects.filter(pk=call_id, state=State.QUEUED).first()
    if call is None or (call.not_before and call.not_before > now() and not call.posted_at):
        return
    if call.expires_at and call.expires_at <= now() and not call.posted_at:
        attempts.record_failure(call_id, state=call.missed or State.REFUSED, error=states.TOO_LATE)
        return
    if not is_callable(call.to):
        attempts.record_failure(call_id, state=State.FAILED, error=states.NOT_SERVED)
        return
    if refusing([call.to]):
        attempts.record_failure(call_id, state=State.REFUSED, error=states.NUMBER_REFUSES)
        return
    if not attempts.may_ring(call) and not call.posted_at:
        attempts.postpone(call)
        return
    try:
        carrier = provider()
    except TransientError as failure:
        logger.warning("call %s waits: %s", call_id, failure)
        attempts.postpone(call, minutes=True)
        return
    if call.posted_at:
        if not _found(carrier, call):
            attempts.release_doubt(call.pk)
        return
    if attempts.begin_attempt(call):
        _hand_over(carrier, call)


def _hand_over(carrier: Provider, call: OutgoingCall) -> None:
    script = Script(call.language, paragraphs(call.words))
    try:
        seen = carrier.place(call.to, script, report=report_of(call.pk, call.attempts))
    except TransientError as failure:
        attempts.record_failure(call.pk, error=str(failure))
        logger.warning("call %s was not taken: %s", call.pk, failure)
    except PermanentError as refusal:
        attempts.record_failure(call.pk, state=State.FAILED, error=str(refusal))
        logger.warning("call %s rejected: %s", call.pk, refusal)
    except DeliveryUncertain as doubt:
        attempts.record_doubt(call.pk, error=str(doubt))
        logger.warning("call %s: it is not known whether it was taken: %s", call.pk, doubt)
    else:
        attempts.record_attempt(call.pk, attempt=call.attempts, provider_id=seen.identifier, state=seen.state)


def _found(carrier: Provider, call: OutgoingCall) -> bool:
    """Whether not to repeat an earlier attempt: the provider lists the call, or cannot tell yet."""
    if call.posted_at is None or call.posted_at > now() - attempts.LOOK_AFTER:
        return True
    try:
        listed = carrier.find(call.to, since=call.posted_at)
    except TransientError as failure:
        logger.warning("call %s: the provider does not say whether it has it: %s", call.pk, failure)
        return True
    others = OutgoingCall.objects.exclude(pk=call.pk).filter(provider_id__in=listed)
    known = {*others.values_list("provider_id", flat=True), call.provider_id}
    identifier = next((one for one in listed if one not in known), "")
    if identifier:
        attempts.record_attempt(call.pk, attempt=call.attempts, provider_id=identifier)
        look_up(call.pk)
    return bool(identifier)


def look_up(call_id: int) -> None:
    """Asks the provider what became of a call of which it tells nothing."""
    call = OutgoingCall.objects.filter(pk=call_id, state=State.PLACED).first()
    if call is None or not call.provider_id:
        return
    try:
        seen = provider().look(call.provider_id)
    except TransientError as failure:
        logger.warning("call %s: the provider does not say what became of it: %s", call_id, failure)
        return
    attempts.record_news(
        call_id=call_id,
        attempt=call.attempts,
        provider_id=call.provider_id,
        state=seen.state,
        lasted=seen.seconds,
    )


def report_of(call_id: int, attempt: int) -> Report:
    """The URLs where the provider tells of an attempt. They are signed with what it tells."""
    query = urlencode({"call": call_id, "attempt": attempt})
    return Report(*(f"{settings.PARVIS_URL}/hooks/voice/{name}?{query}" for name in ("status", "keys")))


def call_waiting() -> None:
    """Runs `services.call_due`; scheduled."""
    attempts.call_due()
