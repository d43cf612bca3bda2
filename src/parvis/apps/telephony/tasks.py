"""Background work of texts and of calls."""

import logging

from parvis.apps.outbox import tasks as outbox
from parvis.apps.outbox.models import State
from parvis.apps.outbox.services import MOST_ASKED
from parvis.apps.telephony.channels.providers import call_provider
from parvis.apps.telephony.models import RINGING, OutgoingCall
from parvis.apps.telephony.services.calls.lines import call_due
from parvis.apps.telephony.services.calls.news import record_news
from parvis.apps.telephony.services.calls.outgoing import CALL_DUE
from parvis.apps.telephony.services.calls.placing import CALLS
from parvis.apps.telephony.services.texts.outgoing import SEND_DUE, send_due
from parvis.apps.telephony.services.texts.sending import TEXTS
from parvis.lib.jobs import enqueue
from parvis.lib.transport import TransientError

logger = logging.getLogger(__name__)


def send_text(text_id: int) -> None:
    """Hands over a text (`outbox.tasks.deliver`)."""
    outbox.deliver(TEXTS, text_id)


def send_waiting_texts() -> None:
    """Runs `services.texts.send_due`, and again while there are more; scheduled."""
    if send_due() >= MOST_ASKED:
        enqueue(SEND_DUE)


def place_call(call_id: int) -> None:
    """Hands over a call (`outbox.tasks.deliver`). One in doubt that the provider has is asked about; one that it does
    not have waits for a line again.
    """
    in_doubt = OutgoingCall.objects.filter(pk=call_id, state=State.UNCERTAIN).exists()
    state = outbox.deliver(CALLS, call_id)
    if in_doubt and state == State.SENT:
        look_up_call(call_id)
    elif in_doubt and state == State.QUEUED:
        enqueue(CALL_DUE)


def look_up_call(call_id: int) -> None:
    """Asks the provider what became of a call of which it tells nothing."""
    call = OutgoingCall.objects.filter(RINGING, pk=call_id).first()
    if call is None or not call.provider_id:
        return
    try:
        seen = call_provider().look(call.provider_id)
    except TransientError as failure:
        logger.warning("call %s: the provider does not say what became of it: %s", call_id, failure)
        return
    record_news(
        call_id=call_id,
        attempt=call.attempts,
        provider_id=call.provider_id,
        news=seen.state,
        lasted=seen.seconds,
    )


def place_waiting_calls() -> None:
    """Runs `services.calls.call_due`; scheduled."""
    call_due()
