"""One delivery at a time: taken by one worker, its result recorded; tried again alone when it failed."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outreach.channels import CHANNELS
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.services.journal import What, require, write
from parvis.apps.outreach.services.publishing import DELIVER
from parvis.apps.outreach.services.results import lock_delivery, outcomes_of, record, write_result
from parvis.apps.outreach.services.scheduled import LATE, LEASE, hold
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotFound
from parvis.lib.jobs import enqueue

State, Task = Delivery.State, Delivery.Task


@transaction.atomic
def claim(*, delivery_id: int) -> Delivery | None:
    """Takes a delivery that waits; None when another worker has it, it is done, or it must not leave any more.

    A first publication that waited longer than LATE holds its message; one past its end is never sent.
    """
    row = lock_delivery(delivery_id)
    moment = now()
    if row is None or row.state != State.QUEUED or row.done_at or (row.claimed_at and row.claimed_at > moment - LEASE):
        return None
    if row.message.state == Message.State.HELD:
        return None
    if row.task == Task.PUBLISH and not row.attempts:
        until = row.release.words.expires_at
        if until and until <= moment:
            row.state, row.words, row.done_at = State.WITHDRAWN, _("Its end had passed: not sent."), moment
            row.save()
            write_result(row)
            return None
        if row.queued_at < moment - LATE:
            hold(row.message, _("It waited too long to leave: send it now, or not?"))
            return None
    row.claimed_at, row.tried_at, row.attempts = moment, moment, row.attempts + 1
    row.save(update_fields=["claimed_at", "tried_at", "attempts"])
    return row


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
    row = lock_delivery(delivery_id)
    if row is None:
        raise NotFound(_("This delivery does not exist."))
    outcome = outcomes_of([row])[row.pk]
    if not outcome.may_be_tried_again or row.message.state in (
        Message.State.HELD,
        Message.State.DRAFT,
    ):
        raise Conflict(_("Nothing failed here."))
    again = CHANNELS[row.channel].retry(row, by)
    row.state, row.words, row.queued_at, row.claimed_at = State.QUEUED, "", now(), None
    row.done_at = row.done_at if again else None
    row.save()
    if not again:
        enqueue(DELIVER, row.pk)
    write(row.message, What.RETRIED, by=by, channel=row.channel, words=row.label)
    return row
