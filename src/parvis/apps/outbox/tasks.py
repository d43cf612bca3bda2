"""Handing an item over."""

import logging
from datetime import timedelta

from parvis.apps.outbox.channels import BatchCarrier, Carrier, I, Outcome
from parvis.apps.outbox.models import TOO_LATE, UNSENT, OutboxItem, State
from parvis.apps.outbox.services import begin, begin_batch, record, record_batch
from parvis.lib.clock import now
from parvis.lib.transport import DeliveryUncertain, PermanentError, TransientError

logger = logging.getLogger(__name__)


def deliver(carrier: Carrier[I], item_id: int) -> str | None:
    """Hands an item over, unless it left, is held, waits for its moment or is past its end. Returns its state; None
    when there was nothing to do, or another worker has it.

    At most once, as far as the provider lets us know: the attempt is recorded first, and an item whose attempt has no
    clear result is handed over again only when the provider, asked later, does not have it.
    """
    item = carrier.rows.filter(pk=item_id).first()
    if item is None or _is_early(item):
        return None
    if item.state == State.UNCERTAIN:
        item = record(carrier, item_id, _looked_for(carrier, item))
    if item.state != State.QUEUED or _is_early(item):
        return item.state
    late = Outcome(State.EXPIRED, TOO_LATE) if item.expires_at and item.expires_at <= now() else None
    if refused := late or carrier.refusal(item):
        return record(carrier, item_id, refused, among=UNSENT).state
    return record(carrier, item_id, _attempt(carrier, item)).state if begin(carrier, item) else None


def deliver_batch(carrier: BatchCarrier[I]) -> None:
    """Hands over the first items that are due, and asks for more of the same while there are others."""
    if items := begin_batch(carrier):
        record_batch(carrier, carrier.send_batch(items))
        if carrier.due().exists():
            carrier.ask(0)


def _is_early(item: OutboxItem) -> bool:
    return item.not_before is not None and item.not_before > now()


def _attempt(carrier: Carrier[I], item: I) -> Outcome:
    try:
        return carrier.send(item)
    except TransientError as failure:
        outcome = Outcome(State.QUEUED, str(failure), wait=failure.wait)
    except PermanentError as failure:
        outcome = Outcome(State.FAILED, str(failure))
    except DeliveryUncertain as failure:
        outcome = Outcome(State.UNCERTAIN, str(failure))
    logger.warning("%s %s: %s: %s", carrier.model.__name__, item.pk, outcome.state, outcome.error)
    return outcome


def _looked_for(carrier: Carrier[I], item: I) -> Outcome:
    """What the provider has of it; queued again, at once, when it surely does not have it."""
    try:
        return carrier.find(item) or Outcome(State.QUEUED, item.error, wait=timedelta(0))
    except TransientError as failure:
        logger.warning("%s %s: it is not known whether it left: %s", carrier.model.__name__, item.pk, failure)
        return Outcome(State.UNCERTAIN, item.error, wait=failure.wait)
