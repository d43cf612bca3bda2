"""What became of a delivery, done and recorded in one transaction."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.news.queries import item_url
from parvis.apps.outreach.channels import CHANNELS, Outcome, Site
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.services.journal import What, locked, write
from parvis.lib.clock import now
from parvis.lib.words import one_line

State, Task = Delivery.State, Delivery.Task


def message_key(message_id: int) -> str:
    """What begins the keys of a message in every channel, before a hyphen."""
    return f"outreach-{message_id}"


def delivery_key(message_id: int, channel: str, recipient: str = "") -> str:
    """The carrier's key of a message in a channel, the same for its corrections."""
    return f"{message_key(message_id)}-{channel}" + (f"-{recipient}" if recipient else "")


@transaction.atomic
def perform(*, delivery: Delivery) -> Outcome | None:
    """Does what a delivery asks, and records it, in one transaction: a worker that dies leaves it done or not begun.

    None, with nothing done, when it was corrected, removed or taken by another worker since `delivery` was read, or its
    message is held. The carriers only queue here, by the key of the delivery: they send after the commit.
    """
    row = lock_delivery(delivery.pk)
    if row is None or _order_of(row) != _order_of(delivery) or row.message.state == Message.State.HELD:
        return None
    channel = CHANNELS[row.channel]
    url = item_url(delivery_key(row.message_id, Site.slug))
    content = replace(row.release.words, url=url)
    removes = row.task == Task.WITHDRAW
    outcome = channel.withdraw(row, content, row.reason) if removes else channel.publish(row, content)
    record(delivery=row, outcome=outcome)
    return outcome


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
    """What was asked of a delivery, and by whom it was taken: any new order makes it another."""
    return (row.task, row.release_id, row.queued_at, row.claimed_at, row.done_at)


@transaction.atomic
def record(*, delivery: Delivery, outcome: Outcome) -> bool:
    """Records what became of a delivery, unless it was corrected, removed or tried again since `delivery` was read;
    returns whether anything changed.

    The message is live once nothing waits. The journal has a line for each change.
    """
    row = lock_delivery(delivery.pk)
    if row is None or _order_of(row) != _order_of(delivery):
        return False
    words = one_line(outcome.words)[:500]
    before = (row.state, row.words, row.reached, row.total, row.done_at is None)
    if before == (outcome.state, words, outcome.reached, outcome.total, False):
        return False
    moment = now()
    told = (row.state, row.words) != (outcome.state, words)
    row.state, row.words, row.claimed_at, row.done_at = outcome.state, words, None, row.done_at or moment
    row.reached, row.total = outcome.reached, outcome.total
    row.save()
    if told and row.state != State.QUEUED:
        write_result(row)
    _settle(row.message)
    return True


def write_result(row: Delivery) -> None:
    """Adds the line of what became of a delivery to the journal of its message, in the caller's transaction."""
    label = f"{CHANNELS[row.channel].label}, {row.label}" if row.label else str(CHANNELS[row.channel].label)
    line = _("%(channel)s: %(state)s. %(words)s") % {
        "channel": label,
        "state": State(row.state).label,
        "words": row.words,
    }
    write(row.message, What.DELIVERED, channel=row.channel, words=line.strip(), task=row.task, state=row.state)


def _settle(message: Message) -> None:
    if message.state == Message.State.SENDING and not message.deliveries.filter(state=State.QUEUED).exists():
        message.state, message.live_at = Message.State.LIVE, message.live_at or now()
        message.save(update_fields=["state", "live_at"])


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
