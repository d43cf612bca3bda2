"""What the town decides about a group: its capacity, and to cancel it."""

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.leisure.models import Group, Registration, RegistrationEvent
from parvis.apps.leisure.services import cancelling, places
from parvis.lib import clock
from parvis.lib.errors import Invalid
from parvis.lib.words import one_line

MOST_PLACES, LONGEST_REASON = 2_000, 300
State, What = Registration.State, RegistrationEvent.What


@transaction.atomic
def change_capacity(*, group: Group, capacity: int, by: User) -> Group:
    """Changes how many places a group has. Nobody is dropped when more are taken: `occupancy_of` then tells it.

    Raises NotAllowed, and Invalid (capacity) outside 0 to 2,000.
    """
    by.require(Action.MANAGE_LEISURE, _("Your role does not manage leisure."))
    if not 0 <= capacity <= MOST_PLACES:
        raise Invalid.in_field("capacity", _("Choose a number from 0 to %(most)s.") % {"most": MOST_PLACES})
    locked = places.lock_groups([group.pk])[group.pk]
    locked.capacity = capacity
    locked.save(update_fields=["capacity"])
    places.free_again([group.pk])
    return locked


@transaction.atomic
def cancel_group(*, group: Group, why: str, by: User) -> list[Registration]:
    """Cancels a group: nobody joins it any more, every participant is refunded in full, and told why. May run again.

    For a surface, see `cancellation_approvals`. Returns the registrations that it ends. What someone is paying at this
    moment is refunded as soon as it comes. Raises NotAllowed, and Invalid (why) without a reason of 300 characters at
    most.
    """
    by.require(Action.MANAGE_LEISURE, _("Your role does not manage leisure."))
    why = one_reason(why)
    locked = places.lock_groups([group.pk])[group.pk]
    if locked.cancelled_at is None:
        locked.cancelled_at = clock.now()
        locked.save(update_fields=["cancelled_at"])
    rows = Registration.objects.filter(group=locked, state__in=Registration.LIVE).order_by("pk")
    live = list(rows.select_related("household", "individual", "invoice_line__invoice"))
    ended = [row for row in live if not _end(row, why, by)]
    for row in ended:
        key = f"leisure-cancelled/{row.pk}"
        places.write_to_household(row.household, cancelling.GROUP_CANCELLED_RENDERER, key=key, args=[row.pk, why])
    return ended


def one_reason(why: str) -> str:
    """What the participants are told, on one line. Raises Invalid (why) without one of 300 characters at most."""
    why = one_line(why)
    if not why or len(why) > LONGEST_REASON:
        raise Invalid.in_field("why", _("Tell the participants why, in 300 characters at most."))
    return why


def _end(row: Registration, why: str, by: User) -> bool:
    """Ends one registration of a cancelled group; whether it must wait for what the bank says of its payment."""
    on_line = row.state == State.AWAITING_PAYMENT and cancelling.may_be_paid_on_line(cancelling.line_of(row).invoice)
    if on_line:
        cancelling.ask(row, why=why, channel="", by=by)
        return True
    if row.state in (State.AWAITING_PAYMENT, State.CONFIRMED):
        cancelling.take_back(row, in_full=True, why=why, channel="", by=by)
    else:
        places.end([row], State.CANCELLED)
        places.record([row], What.CANCELLED, by=by, words=why)
        places.close_if_empty(row.cart)
    return False
