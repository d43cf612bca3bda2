"""What billing does at the provider: pages made and ended, payments looked at again, refunds asked for."""

import logging

from django.db import OperationalError

from parvis.apps.billing.channels.providers import provider
from parvis.apps.billing.models import PaymentAttempt, ProviderEvent, Refund
from parvis.apps.billing.services import receipts
from parvis.apps.billing.services.events import mark_handled, record_failure
from parvis.apps.billing.services.following import ask_for_what_waits
from parvis.apps.billing.services.payments import record_expired, record_outcome
from parvis.apps.billing.services.refunds import record_refund
from parvis.apps.billing.services.sending import ATTEMPTS, REFUNDS
from parvis.apps.outbox import tasks as outbox
from parvis.apps.outbox.models import State
from parvis.lib.clock import now
from parvis.lib.transport import DeliveryUncertain, PermanentError, TransientError, TransportError

logger = logging.getLogger(__name__)


def make_session(attempt_id: int) -> None:
    """Makes the page where an attempt is paid (`outbox.tasks.deliver`)."""
    outbox.deliver(ATTEMPTS, attempt_id)


def ask_refund(refund_id: int) -> None:
    """Asks the provider for a refund (`outbox.tasks.deliver`), then what became of it."""
    if outbox.deliver(REFUNDS, refund_id) == State.SENT:
        look_at_refund(refund_id)


def end_attempt(attempt_id: int) -> None:
    """Ends at the provider an attempt whose time is over, and records what became of it; tried again each minute."""
    attempt = PaymentAttempt.objects.filter(pk=attempt_id).first()
    if attempt is None or not attempt.is_over(now()):
        return
    if not attempt.session_id:
        if not attempt.is_pending:  # no page of it is known to anybody
            record_expired(attempt=attempt)
        return
    try:
        bank = provider(attempt.provider)
        bank.expire_session(attempt.session_id)
        outcome = bank.look(attempt)
    except TransportError as failure:
        logger.warning("attempt %s: not ended yet: %s", attempt_id, failure)
        return
    record_outcome(attempt=attempt, outcome=outcome)


def look_at_attempt(attempt_id: int) -> None:
    """Asks the provider what became of an attempt, and records it."""
    attempt = PaymentAttempt.objects.filter(pk=attempt_id).first()
    if not attempt or not attempt.session_id:
        return
    try:
        outcome = provider(attempt.provider).look(attempt)
    except TransportError as failure:
        logger.warning("attempt %s: the provider does not say what became of it: %s", attempt.pk, failure)
        return
    record_outcome(attempt=attempt, outcome=outcome)


def look_at_refund(refund_id: int) -> None:
    """Asks the provider what became of a refund that it took, and records it."""
    refund = Refund.objects.select_related("payment__attempt").filter(pk=refund_id).first()
    if refund is None:
        return
    attempt = refund.payment.attempt
    try:
        outcome = provider(attempt.provider if attempt else "").look_refund(refund)
    except TransportError as failure:
        logger.warning("refund %s: the provider does not say what became of it: %s", refund.pk, failure)
        return
    if outcome:
        record_refund(refund=refund, outcome=outcome)


def handle_event(event_pk: int) -> None:
    """Handles something that a provider told: what it is about is looked at, so that the order does not matter.

    One of which the provider does not say what became is tried again each minute. One that cannot be handled, whatever
    the reason, is tried three times, then set aside (`services.events`): it holds up nothing, and fails in no loop.
    """
    event = ProviderEvent.objects.filter(pk=event_pk, handled_at=None, set_aside_at=None).first()
    if event is None or (event.not_before and event.not_before > now()):
        return
    try:
        _handle(event)
    except (TransientError, DeliveryUncertain) as failure:
        logger.warning("event %s: the provider does not say what became of it: %s", event_pk, failure)
    except OperationalError:  # ours, not the event's: the job runs again
        raise
    except Exception as failure:  # what a provider tells may fail in any way
        words = str(failure) if isinstance(failure, PermanentError) else f"{type(failure).__name__}: {failure}"
        if record_failure(event=event, error=words):
            unforeseen = not isinstance(failure, PermanentError)
            logger.error("event %s is set aside: %s", event.event_id, words, exc_info=unforeseen)
        else:
            logger.warning("event %s cannot be handled, and is tried again: %s", event.event_id, words)


def _handle(event: ProviderEvent) -> None:
    about = provider(event.provider).about(event.kind, event.body)
    if about is None:
        mark_handled(event=event)
    elif about.attempt_key:
        _handle_attempt(event, about.attempt_key)
    else:
        _handle_refund(event, about.refund_key)


def _handle_attempt(event: ProviderEvent, key: str) -> None:
    attempt = PaymentAttempt.objects.filter(key=key).first()
    if attempt is None:
        mark_handled(event=event, error=f"no attempt has the key {key}")
    elif attempt.session_id:
        record_outcome(attempt=attempt, outcome=provider(attempt.provider).look(attempt))
        mark_handled(event=event)
    elif not attempt.is_pending:  # of a page that nobody knew
        mark_handled(event=event)


def _handle_refund(event: ProviderEvent, key: str) -> None:
    refund = Refund.objects.select_related("payment__attempt").filter(key=key).first()
    if refund is None:
        mark_handled(event=event, error=f"no refund has the key {key}")
        return
    attempt = refund.payment.attempt
    if outcome := provider(attempt.provider if attempt else "").look_refund(refund):
        record_refund(refund=refund, outcome=outcome)
    mark_handled(event=event)


def send_receipt(invoice_id: int) -> None:
    """Runs `services.receipts.send_receipt`."""
    receipts.send_receipt(invoice_id=invoice_id)


def tell_paid_twice(refund_id: int) -> None:
    """Runs `services.receipts.tell_paid_twice`."""
    receipts.tell_paid_twice(refund_id=refund_id)


def follow() -> None:
    """Runs `services.following.ask_for_what_waits`; scheduled."""
    ask_for_what_waits()
