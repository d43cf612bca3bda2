"""What happens at its moment: messages that begin, messages that end, work that was left behind."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from parvis.apps.outbox import services as outbox
from parvis.apps.outreach.channels.base import Reason
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.services.ending import end
from parvis.apps.outreach.services.journal import locked
from parvis.apps.outreach.services.publishing import DELIVER, publish
from parvis.lib.clock import now
from parvis.lib.jobs import enqueue

LEFT_BEHIND = timedelta(minutes=1)
State = Message.State


def start_due() -> int:
    """Publishes the messages whose moment came (`outbox.start_due`); returns how many."""
    return outbox.start_due(Message, lambda message: publish(message_id=message.pk, by=None))


def hold_unsent() -> int:
    """Holds the messages that should have begun already, and those that are going out (`outbox.hold_unsent`)."""
    going = Delivery.objects.filter(state=Delivery.State.QUEUED, done_at=None).values("message_id")
    return outbox.hold_unsent(Message, Q(state=State.SENDING, pk__in=going))


def end_lapsed() -> int:
    """Ends the messages whose end passed, live or held after a part of them left; returns how many.

    Pages, feeds and panels judge it by themselves.
    """
    moment, count = now(), 0
    begun = Q(state__in=(State.SENDING, State.LIVE)) | Q(state=State.HELD, published_at__isnull=False)
    lapsed = Message.objects.filter(begun, live_until__lte=moment)
    for message_id in list(lapsed.values_list("pk", flat=True)[:100]):
        with transaction.atomic():
            message = locked(message_id)
            if message.may_end and message.live_until and message.live_until <= moment:
                end(message, Reason.EXPIRED, None)
                count += 1
    return count


@transaction.atomic
def ask_again() -> int:
    """Asks again for the deliveries that no job did, because its worker died; returns how many."""
    waiting = Delivery.objects.filter(state=Delivery.State.QUEUED, done_at=None, queued_at__lt=now() - LEFT_BEHIND)
    waiting = waiting.exclude(message__state=State.HELD)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:500])
    for delivery_id in ids:
        enqueue(DELIVER, delivery_id)
    return len(ids)
