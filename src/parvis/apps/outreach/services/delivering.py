"""One delivery at a time: handed over, its result recorded; tried again alone when it failed."""

import logging

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outbox.services import LATE, hold
from parvis.apps.outreach.channels.base import Outcome
from parvis.apps.outreach.channels.registry import CHANNELS
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.services.journal import What, locked, require
from parvis.apps.outreach.services.publishing import DELIVER
from parvis.apps.outreach.services.results import lock_delivery, outcomes_of, perform, record, settle
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, Refused, or_not_found
from parvis.lib.jobs import enqueue

State, Task = Delivery.State, Delivery.Task
logger = logging.getLogger(__name__)


@transaction.atomic
def deliver(*, delivery_id: int) -> None:
    """Hands a delivery over to its channel and records the result, in one transaction: a worker that dies leaves it
    done or not begun.

    Nothing is done when it is done already, or its message is held. A first publication that waited longer than LATE
    holds its message; one past its end is never sent. A channel that fails is recorded with its words.
    """
    row = lock_delivery(delivery_id)
    if row is None or row.state != State.QUEUED or row.done_at or row.message.state == Message.State.HELD:
        return
    if row.task == Task.PUBLISH and row.attempted_at is None:
        until = row.release.words.expires_at
        if until and until <= now():
            settle(row, Outcome(State.WITHDRAWN, _("Its end had passed: not sent.")))
            return
        if row.queued_at < now() - LATE:
            hold(row.message, _("It waited too long to leave: send it now, or not?"))
            return
    try:
        with transaction.atomic():
            perform(row)
    except Exception as error:
        settle(row, Outcome(State.FAILED, _why(error, row)))


def _why(error: Exception, row: Delivery) -> str:
    if isinstance(error, Invalid) and error.fields:
        return " ".join(str(words) for words in error.fields.values())
    if isinstance(error, Refused):
        return str(error)
    logger.error("delivery %s of message %s failed", row.pk, row.message_id, exc_info=error)
    return _("Unexpected error: %(error)s") % {"error": type(error).__name__}


def refresh(*, message_id: int) -> int:
    """Records what the carriers learnt since; returns how many deliveries changed."""
    rows = Delivery.objects.filter(message_id=message_id, done_at__isnull=False).select_related("release")
    by_id = {row.pk: row for row in rows}
    changed = 0
    for row_id, outcome in outcomes_of(by_id.values()).items():
        changed += record(delivery=by_id[row_id], outcome=outcome)
    return changed


@transaction.atomic
def retry(*, delivery_id: int, by: User) -> Delivery:
    """Tries again what failed in one channel, and only that; what is not known is looked for before it is sent again.

    Raises NotAllowed, NotFound, Conflict when there is nothing to try.
    """
    require(by, Action.WRITE_MESSAGE)
    row = or_not_found(lock_delivery(delivery_id), _("This delivery does not exist."))
    locked(row.message_id, by)
    outcome = outcomes_of([row])[row.pk]
    if not outcome.may_be_tried_again or row.message.state in (Message.State.HELD, Message.State.DRAFT):
        raise Conflict(_("Nothing failed here."))
    again = CHANNELS[row.channel].retry(row, by)
    row.state, row.words, row.queued_at = State.QUEUED, "", now()
    row.done_at = row.done_at if again else None
    row.save()
    if not again:
        enqueue(DELIVER, row.pk)
    row.message.note(What.RETRIED, by=by, channel=row.channel, words=row.label)
    return row
