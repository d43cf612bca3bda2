"""Background work of outreach."""

from django.db.models import Q

from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.queries.messages import UNREMOVED_SHOWN
from parvis.apps.outreach.services import alert_feed, delivering
from parvis.apps.outreach.services.incident_updates import clear_past_ends
from parvis.apps.outreach.services.scheduled import ask_again, end_lapsed, start_due
from parvis.lib.clock import now


def deliver(delivery_id: int) -> None:
    """Does one delivery; the others do not wait for it."""
    delivering.deliver(delivery_id=delivery_id)


def keep_moments() -> None:
    """Starts and ends messages at their moment, asks again for what was left behind, and clears what was only said
    for a day; scheduled."""
    start_due()
    end_lapsed()
    ask_again()
    clear_past_ends()


def refresh_live() -> None:
    """Records what the carriers learnt of the live messages, and of the removal of those that are over; scheduled.

    A removal that failed is looked at as long as it is shown: an account connected again does it by itself.
    """
    of, state = Message.State, Delivery.State
    begun = Delivery.objects.filter(done_at__isnull=False)
    removing = begun.filter(state=state.QUEUED)
    owed = begun.filter(state__in=(state.FAILED, state.UNKNOWN), message__handled_at=None)
    owed = owed.filter(message__ended_at__gt=now() - UNREMOVED_SHOWN)
    over = Q(state__in=(of.ENDED, of.WITHDRAWN, of.HELD), pk__in=removing.values("message_id"))
    over |= Q(state__in=(of.ENDED, of.WITHDRAWN), pk__in=owed.values("message_id"))
    rows = Message.objects.filter(Q(state__in=(of.SENDING, of.LIVE)) | over)
    for message_id in list(rows.values_list("pk", flat=True)):
        delivering.refresh(message_id=message_id)


def keep_alert_feed() -> None:
    """Job of each minute: `alert_feed.keep_alert_feed`."""
    alert_feed.keep_alert_feed()
