"""Background delivery of texts."""

import logging

from django.conf import settings

from parvis.apps.texts.channels import Provider, provider
from parvis.apps.texts.channels.failures import NotTaken, OptedOut, PerhapsTaken, Rejected
from parvis.apps.texts.models import OutgoingText
from parvis.apps.texts.queries import NOT_SERVED, NUMBER_REFUSES, TOO_LATE, refusing
from parvis.apps.texts.rules.keywords import STOP
from parvis.apps.texts.services import record_attempt, record_opt_out, send_due, start_attempt
from parvis.apps.texts.services.outgoing import LOOK_AFTER, MOST_AT_ONCE, SEND_DUE
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue
from parvis.lib.phone_numbers import is_callable

logger = logging.getLogger(__name__)
State = OutgoingText.State


def deliver(text_id: int) -> None:
    """Hands over a text, unless it left, was cancelled, is held or past its end, or goes to a number that refuses texts
    or is none that the town writes to.

    At most once, as far as the provider lets us know: the attempt is recorded first, and a text whose attempt has no
    clear result is handed over again only when, LOOK_AFTER later, the provider's own list does not hold it. A certain
    failure is raised, so that the job is tried again.
    """
    text = OutgoingText.objects.filter(pk=text_id, state=State.QUEUED, held_for="").first()
    if text is None or (text.not_before and text.not_before > now()):
        return
    if text.expires_at and text.expires_at <= now() and not text.posted_at:
        record_attempt(text_id, state=State.REFUSED, error=TOO_LATE)
        return
    if not is_callable(text.to):
        record_attempt(text_id, state=State.FAILED, error=NOT_SERVED)
        return
    if refusing([text.to]):
        record_attempt(text_id, state=State.REFUSED, error=NUMBER_REFUSES)
        return
    carrier = provider()
    if text.posted_at and _found(carrier, text):
        return
    if not start_attempt(text):
        return
    try:
        identifier = carrier.send(text.to, text.body, report=report_url(text_id))
    except NotTaken as failure:
        record_attempt(text_id, error=str(failure))
        raise
    except OptedOut as refusal:
        record_opt_out(text.to, STOP)
        record_attempt(text_id, state=State.REFUSED, error=NUMBER_REFUSES)
        logger.info("text %s refused: %s", text_id, refusal)
    except Rejected as refusal:
        record_attempt(text_id, state=State.FAILED, error=str(refusal))
        logger.warning("text %s rejected: %s", text_id, refusal)
    except PerhapsTaken as doubt:
        record_attempt(text_id, error=str(doubt), doubtful=True)
        logger.warning("text %s: it is not known whether it was taken: %s", text_id, doubt)
    else:
        record_attempt(text_id, state=State.SENT, provider_id=identifier)


def _found(carrier: Provider, text: OutgoingText) -> bool:
    """Whether not to repeat an earlier attempt: the provider lists the text, or cannot tell yet."""
    if text.posted_at is None or text.posted_at > now() - LOOK_AFTER:
        return True
    try:
        listed = carrier.find(text.to, text.body, since=text.posted_at)
    except NotTaken as failure:
        logger.warning("text %s: the provider does not say whether it has it: %s", text.pk, failure)
        return True
    known = set(OutgoingText.objects.filter(provider_id__in=listed).values_list("provider_id", flat=True))
    identifier = next((one for one in listed if one not in known), "")
    if identifier:
        record_attempt(text.pk, state=State.SENT, provider_id=identifier)
    return bool(identifier)


def report_url(text_id: int) -> str:
    """The URL where the provider tells the states of a text. It is signed with what it tells."""
    return f"{settings.PARVIS_URL}/hooks/texts/status?text={text_id}"


def send_waiting() -> None:
    """Runs `services.send_due`, and again while there are more; scheduled."""
    if send_due() >= MOST_AT_ONCE:
        enqueue(SEND_DUE)
