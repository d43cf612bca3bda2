"""The places of a group: its lock, what lapsed there, what is free, to whom it is offered; the journal of each step.

Whoever changes the places of a group locks it first, by `lock_groups`, and then the household, by `lock_household`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import QuerySet

from parvis.apps.directory.models import User
from parvis.apps.households.models import Household, Individual
from parvis.apps.households.queries import recipients_of, residences_of
from parvis.apps.leisure.models import Cart, Group, Registration, RegistrationEvent
from parvis.apps.leisure.rules.pricing import Prices
from parvis.apps.mail.services.outgoing import cancel_letter, queue_letter
from parvis.lib import clock
from parvis.lib.jobs import enqueue, job

PROMOTE = job("parvis.apps.leisure.tasks.promote")
OFFER_RENDERER = "parvis.apps.leisure.letters.offer"
OFFER_LASTS = timedelta(hours=48)
State, What = Registration.State, RegistrationEvent.What


def lock_groups(group_ids: Iterable[int]) -> dict[int, Group]:
    """Locks groups, in the order of their ids, until the transaction ends, and records what lapsed there."""
    rows = Group.objects.select_for_update(of=("self",), no_key=True).select_related("season", "activity", "hall")
    groups = {group.pk: group for group in rows.filter(pk__in=set(group_ids)).order_by("pk")}
    _record_lapses(list(groups))
    return groups


def lock_household(household: Household) -> Cart | None:
    """Locks a household, after the groups, and returns its cart; one whose time is up is closed."""
    Household.objects.select_for_update(of=("self",), no_key=True).get(pk=household.pk)
    cart = Cart.objects.filter(household=household, closed_at=None).first()
    if cart is not None and cart.expires_at <= clock.now():
        cart.closed_at = cart.expires_at
        cart.save(update_fields=["closed_at"])
        return None
    return cart


def lock_individuals(ids: Iterable[int]) -> None:
    """Locks people, after their household: whoever counts what each one has in several groups, or what an account keeps
    in several households, holds this lock.
    """
    list(Individual.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=set(ids)).order_by("pk"))


def close_if_empty(cart: Cart | None) -> None:
    """Closes a cart in which nothing is held any more, so that the next place opens one with its whole time."""
    if cart is not None and not cart.registrations.filter(state=State.HELD).exists():
        Cart.objects.filter(pk=cart.pk, closed_at=None).update(closed_at=clock.now())


def record(
    registrations: Iterable[Registration],
    what: RegistrationEvent.What,
    *,
    at: datetime | None = None,
    channel: str = "",
    by: User | None = None,
    words: str = "",
) -> None:
    """Writes one step of each registration, now or at that moment. Without a channel: the system."""
    written = clock.now()
    moment = at or written
    RegistrationEvent.objects.bulk_create(
        RegistrationEvent(
            registration=row, what=what, at=moment, channel=channel, by=by, words=words[:300], recorded_at=written
        )
        for row in registrations
    )


def end(registrations: Sequence[Registration], state: Registration.State, *, at: datetime | None = None) -> None:
    """Ends registrations in that state; their places are free from then on."""
    moment = at or clock.now()
    for row in registrations:
        row.state, row.ended_at = state, moment
    Registration.objects.filter(pk__in=[row.pk for row in registrations]).update(state=state, ended_at=moment)


def free_places(group: Group) -> int:
    """How many places of a locked group are free; negative when its capacity was cut below what is taken."""
    taking = Registration.objects.filter(Registration.taking(clock.now()), group=group)
    return group.capacity - taking.count()


def free_for(group: Group, *, resident: bool) -> int:
    """How many places of a locked group are free for residents, or for others: as many as its quota leaves them."""
    free = free_places(group)
    return free if resident else min(free, quota_left(group, free))


def quota_left(group: Group, otherwise: int) -> int:
    """How many more places non-residents may take in a locked group; `otherwise` when it has no quota."""
    if group.non_resident_quota is None:
        return otherwise
    taking = Registration.objects.filter(Registration.taking(clock.now()), group=group, resident=False)
    return max(0, group.non_resident_quota - taking.count())


def quote(group: Group, *, resident: bool) -> int:
    """The price of a place now, in cents."""
    prices = Prices(group.price_cents, group.late_price_cents, group.non_resident_price_cents)
    return prices.quoted(at=clock.now(), late_from=group.season.late_from, resident=resident)


def free_again(group_ids: Iterable[int]) -> None:
    """Has the places that are free again in these groups offered to who waits, once the transaction is committed."""
    for group_id in sorted(set(group_ids)):
        enqueue(PROMOTE, group_id)


def offer_places(group: Group) -> list[Registration]:
    """Offers the free places of a locked group to who waits, in the order of arrival; returns those offered.

    Who stay together are offered all their places, or are passed over for this time; so are non-residents whose quota
    is reached. Their journal says which.
    """
    free = free_places(group)
    if free <= 0 or group.cancelled_at or group.season.ends_on < clock.today():
        return []
    offered: list[Registration] = []
    passed: dict[RegistrationEvent.What, list[Registration]] = {What.SKIPPED: [], What.QUOTA: []}
    waiting = units(waiting_rows(group))
    residences = residences_of([unit[0].household for unit in waiting], clock.today())
    for_others = quota_left(group, free)
    for unit in waiting:
        if free == 0:
            break
        resident = residences[unit[0].household_id].resident
        if len(unit) > free:
            passed[What.SKIPPED] += unit
        elif not resident and len(unit) > for_others:
            passed[What.QUOTA] += unit
        else:
            free -= len(unit)
            for_others -= 0 if resident else len(unit)
            _offer(group, unit, resident=resident)
            offered += unit
    for what, rows in passed.items():
        _record_passed(rows, what, overtaken=bool(offered))
    return offered


def waiting_rows(group: Group) -> QuerySet[Registration]:
    """The registrations that wait for a place of a group, the first ones first."""
    rows = Registration.objects.filter(group=group, state=State.WAITING).select_related("household", "individual")
    return rows.order_by("waiting_since", "pk")


def units(rows: Iterable[Registration]) -> list[list[Registration]]:
    """The registrations by those that stay together, each where its first one is."""
    order: dict[str, list[Registration]] = {}
    for row in rows:
        order.setdefault(row.together or f"alone:{row.pk}", []).append(row)
    return list(order.values())


def _offer(group: Group, unit: list[Registration], *, resident: bool) -> None:
    moment = clock.now()
    until = moment + OFFER_LASTS
    price = quote(group, resident=resident)
    for row in unit:
        row.state, row.until, row.resident, row.price_cents = State.OFFERED, until, resident, price
    Registration.objects.bulk_update(unit, ["state", "until", "resident", "price_cents"])
    record(unit, What.OFFERED, at=moment)
    key = f"leisure-offer/{unit[0].pk}/{moment:%Y%m%d%H%M%S}"
    write_to_household(unit[0].household, OFFER_RENDERER, key=key, args=[unit[0].pk])


def write_to_household(household: Household, renderer: str, *, key: str, args: Sequence[object]) -> None:
    """Queues a letter to each of those who register the people of a household, in their language; once for its key."""
    for rank, each in enumerate(recipients_of(household)):
        queue_letter(key=f"{key}/{rank}", to=each.email, language=each.language, renderer=renderer, args=args)


def call_off_letter(household: Household, *, key: str) -> None:
    """Calls off a letter of `write_to_household` that has not left, when it is true no more."""
    for rank, _each in enumerate(recipients_of(household)):
        cancel_letter(key=f"{key}/{rank}")


def _record_passed(passed: list[Registration], what: RegistrationEvent.What, *, overtaken: bool) -> None:
    """Says that they were passed over, and why: once, and again each time that someone gets a place before them."""
    if not passed:
        return
    if not overtaken:
        last = RegistrationEvent.objects.filter(registration__in=passed).order_by("registration", "at", "pk")
        latest = {key: list(events)[-1].what for key, events in groupby(last, key=lambda event: event.registration_id)}
        passed = [row for row in passed if latest.get(row.pk) != what]
    record(passed, what)


def _record_lapses(group_ids: Sequence[int]) -> None:
    """Records the held and offered places of locked groups whose time is up, each at the moment when it was."""
    late = list(Registration.objects.filter(Registration.lapsed(clock.now()), group__in=group_ids).order_by("pk"))
    for until, rows in groupby(sorted(late, key=lambda row: (row.until, row.pk)), key=lambda row: row.until):
        lapsed = list(rows)
        record(lapsed, What.LAPSED, at=until)
        end(lapsed, State.LAPSED, at=until)
    free_again(row.group_id for row in late)
