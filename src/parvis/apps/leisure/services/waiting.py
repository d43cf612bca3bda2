"""The waiting lists: a place that is free is offered to the next ones, who accept it, decline it, or let it lapse."""

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.leisure.models import Cart, Group, Registration, RegistrationEvent
from parvis.apps.leisure.queries.registrations import those_together
from parvis.apps.leisure.services import bounds, places
from parvis.apps.leisure.services.checking import too_many
from parvis.apps.leisure.services.registering import HOLD
from parvis.apps.residents.models import Account
from parvis.lib import clock
from parvis.lib.errors import Conflict

State, What = Registration.State, RegistrationEvent.What


@transaction.atomic
def promote(*, group_id: int) -> list[Registration]:
    """Records what lapsed in a group, and offers its free places to who waits; returns those offered. May run again."""
    groups = places.lock_groups([group_id])
    return places.offer_places(groups[group_id]) if group_id in groups else []


def groups_to_promote() -> list[int]:
    """The groups where something lapsed, or where someone waits while a place may be free, by id."""
    moment = clock.now()
    lapsed = set(Registration.objects.filter(Registration.lapsed(moment)).values_list("group", flat=True))
    waiting = Registration.objects.filter(state=State.WAITING).values("group")
    capacities = dict(Group.objects.filter(pk__in=waiting, cancelled_at=None).values_list("pk", "capacity"))
    taking = Registration.objects.filter(Registration.taking(moment), group__in=capacities).order_by()
    taken = dict(taking.values_list("group").annotate(Count("pk")))
    return sorted(lapsed | {group for group, capacity in capacities.items() if taken.get(group, 0) < capacity})


@transaction.atomic
def accept_offer(
    *, registration: Registration, channel: str, by: User | None = None, account: Account | None = None
) -> list[Registration]:
    """Puts an offered place in the cart of the household, with those of who stay together with it; returns them.

    They are then held as long as the cart. `account` is who accepts on the site. Done already, it changes nothing.
    Raises Conflict when the offer is over, or when someone has as many places in the activity as it allows;
    TooManyUnpaid, and the offer stays.
    """
    unit, group = _lock(registration, by)
    if registration.state == State.HELD:
        return unit
    offered = [row for row in unit if row.state == State.OFFERED]
    if registration.state != State.OFFERED:
        raise Conflict(_("This offer is over: the place went to the next ones on the list."))
    moment = clock.now()
    cart = places.lock_household(registration.household)
    others = bounds.speakers_of(registration.household, account)
    places.lock_individuals([*(row.individual_id for row in offered), *others.values()])
    if many := too_many(group, [row.individual for row in offered]):
        raise Conflict(" ".join([*many.values(), _("Give that one back first, then accept.")]))
    room = bounds.require_room(
        household=registration.household, account=account, others=others, group=group, more=len(offered), by=by
    )
    bounds.tell_unusual_share(household=registration.household, group=group, unpaid=room.in_group)
    if cart is None:
        cart = Cart.objects.create(household=registration.household, made_at=moment, expires_at=moment + HOLD)
    for row in offered:
        row.state, row.cart, row.until = State.HELD, cart, cart.expires_at
    Registration.objects.bulk_update(offered, ["state", "cart", "until"])
    places.record(offered, What.ACCEPTED, at=moment, channel=channel, by=by)
    return offered


@transaction.atomic
def decline_offer(*, registration: Registration, channel: str, by: User | None = None) -> list[Registration]:
    """Declines an offered place, and those of who stay together with it; each is free once, and goes to the next ones.

    Declined already, it changes nothing. Raises Conflict when it is not an offer any more.
    """
    unit, group = _lock(registration, by)
    if registration.events.filter(what=What.DECLINED).exists():
        return []
    if registration.state != State.OFFERED:
        raise Conflict(_("This offer is over: there is nothing to decline."))
    offered = [row for row in unit if row.state == State.OFFERED]
    places.end(offered, State.CANCELLED)
    places.record(offered, What.DECLINED, channel=channel, by=by)
    places.free_again([group.pk])
    return offered


def _lock(registration: Registration, by: User | None) -> tuple[list[Registration], Group]:
    """Locks the group; the registration as it is then, with those together with it."""
    if by is not None:
        by.require(Action.REGISTER_OTHERS, _("Your role does not register people."))
    group = places.lock_groups([registration.group_id])[registration.group_id]
    registration.refresh_from_db(fields=["state", "until", "cart", "ended_at"])
    return those_together(registration), group
