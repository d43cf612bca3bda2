"""What became of a delivery, done and recorded in one transaction."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.news.queries.items import item_url
from parvis.apps.outreach.channels.base import Outcome
from parvis.apps.outreach.channels.registry import CHANNELS
from parvis.apps.outreach.channels.site import Site
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.services.journal import What, locked
from parvis.lib.clock import now
from parvis.lib.words import one_line

State, Task = Delivery.State, Delivery.Task


def message_key(message_id: int) -> str:
    """What begins the keys of a message in every channel, before a hyphen."""
    return f"outreach-{message_id}"


def delivery_key(message_id: int, channel: str, recipient: str = "") -> str:
    """The carrier's key of a message in a channel, the same for its corrections."""
    return f"{message_key(message_id)}-{channel}" + (f"-{recipient}" if recipient else "")


def perform(row: Delivery) -> None:
    """Does what a delivery whose row is locked asks, and records it, in the caller's transaction.

    The channels only queue, by the key of the delivery: their carriers send after the commit.
    """
    channel = CHANNELS[row.channel]
    content = replace(row.release.words, url=item_url(delivery_key(row.message_id, Site.slug)))
    row.attempted_at = now()
    removes = row.task == Task.WITHDRAW
    settle(row, channel.withdraw(row, content, row.reason) if removes else channel.publish(row, content))


def lock_delivery(delivery_id: int) -> Delivery | None:
    """A delivery, its row and that of its message locked, the message first as in every service; None: no such one."""
    message_id = Delivery.objects.filter(pk=delivery_id).values_list("message_id", flat=True).first()
    if message_id is None:
        return None
    message = locked(message_id)
    row = Delivery.objects.select_for_update(of=("self",)).select_related("release").get(pk=delivery_id)
    row.message = message
    return row


def _order_of(row: Delivery) -> tuple[object, ...]:
    """What was asked of a delivery: any new order makes it another."""
    return (row.task, row.release_id, row.queued_at, row.done_at)


@transaction.atomic
def record(*, delivery: Delivery, outcome: Outcome) -> bool:
    """Records what a carrier learnt of a delivery, unless it was corrected, removed or tried again since `delivery` was
    read; returns whether anything changed.
    """
    row = lock_delivery(delivery.pk)
    return row is not None and _order_of(row) == _order_of(delivery) and settle(row, outcome)


def settle(row: Delivery, outcome: Outcome) -> bool:
    """Records what became of a delivery whose row is locked, in the caller's transaction; whether anything changed.

    The message is live once nothing waits. The journal has a line for each change.
    """
    words = one_line(outcome.words)[:500]
    before = (row.state, row.words, row.reached, row.total, row.done_at is None)
    if before == (outcome.state, words, outcome.reached, outcome.total, False):
        return False
    told = (row.state, row.words) != (outcome.state, words)
    row.state, row.words, row.done_at = outcome.state, words, row.done_at or now()
    row.reached, row.total = outcome.reached, outcome.total
    row.save()
    if told and row.state != State.QUEUED:
        _write_result(row)
    message = row.message
    if message.state == Message.State.SENDING and not message.deliveries.filter(state=State.QUEUED).exists():
        message.state, message.live_at = Message.State.LIVE, message.live_at or now()
        message.save(update_fields=["state", "live_at"])
    return True


def _write_result(row: Delivery) -> None:
    label = f"{CHANNELS[row.channel].label}, {row.label}" if row.label else str(CHANNELS[row.channel].label)
    line = _("%(channel)s: %(state)s. %(words)s") % {
        "channel": label,
        "state": State(row.state).label,
        "words": row.words,
    }
    row.message.note(
        What.DELIVERED, channel=row.channel, words=line.strip(), data={"task": row.task, "state": row.state}
    )


def outcomes_of(rows: Iterable[Delivery]) -> dict[int, Outcome]:
    """What the carriers know now of these deliveries, by id; a constant number of queries for each channel."""
    result: dict[int, Outcome] = {}
    for slug, group in groupby(sorted(rows, key=lambda row: row.channel), lambda row: row.channel):
        known = list(group)
        handed = [row for row in known if row.done_at]
        late = CHANNELS[slug].outcomes(handed) if slug in CHANNELS and handed else {}
        for row in known:
            result[row.pk] = late.get(row.pk) or Outcome(row.state, row.words, row.reached, row.total)
    return result
