"""What happens at its moment: messages that begin, messages that end, work that was left behind."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.outreach.channels import Reason
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.services.ending import end
from parvis.apps.outreach.services.journal import What, locked, write
from parvis.apps.outreach.services.publishing import DELIVER, publish
from parvis.lib.clock import now
from parvis.lib.errors import Invalid
from parvis.lib.jobs import enqueue

LATE = timedelta(minutes=15)  # an order older than this asks a person: the service was down, or a backup was restored
LEFT_BEHIND = timedelta(minutes=1)
State = Message.State


def start_due() -> int:
    """Publishes the messages whose moment came; returns how many. One that is LATE, or past its end, is held."""
    moment, count = now(), 0
    due = Message.objects.filter(state=State.SCHEDULED, starts_at__lte=moment)
    for message_id in list(due.order_by("starts_at").values_list("pk", flat=True)[:100]):
        count += _start(message_id)
    return count


@transaction.atomic
def _start(message_id: int) -> bool:
    message, moment = locked(message_id), now()
    if message.state != State.SCHEDULED or message.starts_at is None or message.starts_at > moment:
        return False
    if message.starts_at < moment - LATE:
        hold(message, _("Its moment passed while the service was stopped: send it now, or not?"))
        return False
    try:
        with transaction.atomic():
            publish(message_id=message_id, by=None)
    except Invalid as refusal:
        message.refresh_from_db()
        hold(message, str(next(iter(refusal.fields.values()), refusal.message)))
        return False
    return True


def hold(message: Message, why: str) -> None:
    """Stops a message until a person decides, in the caller's transaction."""
    message.state, message.held_reason = State.HELD, why[:300]
    message.save(update_fields=["state", "held_reason"])
    write(message, What.HELD, words=why)


@transaction.atomic
def hold_unsent() -> int:
    """Holds the messages that should have begun already, and those that are going out; returns how many.

    For an installation that is as it was when its backup was made: what waits there may have left since.
    """
    going = Delivery.objects.filter(state=Delivery.State.QUEUED, done_at=None).values("message_id")
    overdue = Q(state=State.SCHEDULED, starts_at__lte=now()) | Q(state=State.SENDING, pk__in=going)
    ids = list(Message.objects.filter(overdue).values_list("pk", flat=True))
    with translation.override(settings.LANGUAGE_CODE):
        for message_id in ids:
            hold(
                locked(message_id),
                _("A backup was restored: what waits here may have left already. Send the rest, or not?"),
            )
    return len(ids)


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
