"""Taking places: held, put off, given back; and the way from a cart to its invoice.

On the site, by telephone, at the counter or by a program: one function, under the same rules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from parvis.apps.billing.models import Invoice, PaymentAttempt, TaxNature
from parvis.apps.billing.queries.balances import balance_of, has_provider
from parvis.apps.billing.services.invoices import NewLine, issue
from parvis.apps.billing.services.payments import start
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.households.models import Household, Individual
from parvis.apps.households.queries import payer_of, residence_of
from parvis.apps.leisure.models import Cart, Group, Registration, RegistrationEvent, Wish
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries.catalogue import nearest_with_places, views_of
from parvis.apps.leisure.queries.prices import priced_rows
from parvis.apps.leisure.rules.pricing import Priced
from parvis.apps.leisure.services import bounds, cancelling, checking, places, settling
from parvis.apps.leisure.services.lines import pass_line
from parvis.apps.leisure.services.refusals import Full
from parvis.apps.residents.models import Account
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.lib.ids import new_secret
from parvis.lib.words import one_line

HOLD = timedelta(minutes=20)
EXTENSION = timedelta(minutes=10)
LEAST_TO_PAY = timedelta(minutes=10)
MOST_TO_PAY = HOLD + EXTENSION + LEAST_TO_PAY  # from the first place of a basket, whatever is tried on line
State, What = Registration.State, RegistrationEvent.What


@dataclass(frozen=True)
class _Ask:
    """Who asks, and how: what each row that is made says."""

    household: Household
    channel: Channel
    assurance: int
    by: User | None
    resident: bool
    together: str
    at: datetime
    account: Account | None

    def row(self, group: Group, individual: Individual, price: int, **values: object) -> Registration:
        return Registration(
            group=group,
            individual=individual,
            household=self.household,
            together=self.together,
            channel=self.channel,
            assurance=self.assurance,
            resident=self.resident,
            price_cents=price,
            made_at=self.at,
            **values,
        )


def hold_places(
    *,
    household: Household,
    group: Group,
    individuals: Sequence[Individual],
    together: bool,
    wait: bool,
    channel: Channel,
    assurance: int,
    by: User | None = None,
    override: str = "",
    account: Account | None = None,
) -> list[Registration]:
    """Holds a place for each of them in the cart of the household, or puts them on the waiting list when it is full.

    `together`: all or none; they then wait together too. `wait`: those without a place wait. Otherwise the first ones
    are held, as far as places go, and the others are absent from the result. Sent twice, the same ones are returned.
    `override` is why someone of the staff, `by`, sets aside what the activity asks for, or how many places may be
    unpaid; `account` is who asks on the site. Reads `group.season`.

    Raises NotOpen, NotAdmitted, Closed, NotFound, Conflict; Invalid, with fields by public id of the participant; Full;
    TooManyUnpaid.
    """
    if by is not None:
        by.require(Action.REGISTER_OTHERS, _("Your role does not register people."))
    residence = residence_of(household, clock.today())
    checking.require_open(group, household, residence, channel)
    pass_line(household=household, season=group.season, resident=residence.resident, channel=channel)
    ask = _Ask(
        household=household,
        channel=channel,
        assurance=assurance,
        by=by,
        resident=residence.resident,
        together=new_secret() if together and len(set(individuals)) > 1 else "",
        at=clock.now(),
        account=account,
    )
    return _take(ask, group, list(dict.fromkeys(individuals)), wait=wait, override=one_line(override))


@transaction.atomic
def _take(
    ask: _Ask, group: Group, individuals: Sequence[Individual], *, wait: bool, override: str
) -> list[Registration]:
    locked = places.lock_groups([group.pk])[group.pk]
    if locked.cancelled_at:
        raise Conflict(_("The town cancelled this group."))
    known = _same_again(checking.live_places(locked, individuals), ask.household)
    new = [individual for individual in individuals if individual.pk not in known]
    if known and not new:
        return [known[individual.pk] for individual in individuals]
    cart, others = _lock_counted(ask, locked, new)
    set_aside = checking.require_fit(locked, ask.household, new, override=override, by=ask.by)
    places.offer_places(locked)  # whoever waits comes first
    free = max(0, places.free_for(locked, resident=ask.resident))
    held, waiting = _shared_out(new, free, together=bool(ask.together), wait=wait)
    if not held and not waiting:
        raise _full(locked, len(new) if ask.together else 1, free, resident=ask.resident)
    price = places.quote(locked, resident=ask.resident)
    if held:
        room = bounds.require_room(
            household=ask.household,
            account=ask.account,
            others=others,
            group=locked,
            more=len(held),
            by=ask.by,
            set_aside=bool(override),
        )
        set_aside = [*set_aside, *(held if room.set_aside else ())]
        bounds.tell_unusual_share(household=ask.household, group=locked, unpaid=room.in_group)
    rows = (*_hold(ask, locked, price, held, cart), *_wait(ask, locked, price, waiting))
    made = {row.individual_id: row for row in rows}
    _end_wishes(ask.household, locked, [*held, *waiting])
    aside = [made[pk] for pk in dict.fromkeys(row.pk for row in set_aside) if pk in made]
    places.record(aside, What.OVERRIDDEN, at=ask.at, channel=ask.channel, by=ask.by, words=override)
    everyone = {**known, **made}
    return [everyone[individual.pk] for individual in individuals if individual.pk in everyone]


def _lock_counted(ask: _Ask, group: Group, new: Sequence[Individual]) -> tuple[Cart | None, list[int]]:
    """Locks the household, then those whose places are counted in several groups or households; returns the cart, and
    the other households that are counted with this one.
    """
    cart = places.lock_household(ask.household)
    speakers = bounds.speakers_of(ask.household, ask.account)
    counted = [each.pk for each in new] if group.activity.most_per_season is not None else []
    if counted or speakers:
        places.lock_individuals([*counted, *speakers.values()])
    return cart, list(speakers)


def _end_wishes(household: Household, group: Group, individuals: Sequence[Individual]) -> None:
    """What the household noted of a group for those who have their place there, or wait for it, is done."""
    done = Q(individual__in=individuals) | Q(individual=None)
    Wish.objects.filter(done, household=household, group=group).delete()


def _same_again(live: Mapping[int, Registration], household: Household) -> Mapping[int, Registration]:
    """The places asked for already, none of them billed. Raises Invalid for those who have one otherwise."""
    taken = {
        row.individual.public_id: _("%(name)s is registered in this group already.") % {"name": row.individual.name}
        for row in live.values()
        if row.household_id != household.pk or row.state in (State.AWAITING_PAYMENT, State.CONFIRMED)
    }
    if taken:
        raise Invalid(_("Someone cannot join this group."), taken)
    return live


def _shared_out(
    new: list[Individual], free: int, *, together: bool, wait: bool
) -> tuple[list[Individual], list[Individual]]:
    """Those whose place is held, and those who wait."""
    if together and len(new) > free:
        return [], new if wait else []
    return new[:free], new[free:] if wait else []


def _full(group: Group, wanted: int, free: int, *, resident: bool) -> Full:
    view = views_of([group])[0]
    suggestion = nearest_with_places(view, wanted, resident=resident)
    if free:
        words = _("Too few places are left for all of you together: nobody was registered.")
    elif view.left:
        words = checking.quota_words(view)
    else:
        words = _("This group is full.")
    return Full(words, suggestion)


def _hold(
    ask: _Ask, group: Group, price: int, individuals: Sequence[Individual], cart: Cart | None
) -> list[Registration]:
    if not individuals:
        return []
    if cart is None:
        cart = Cart.objects.create(household=ask.household, made_at=ask.at, expires_at=ask.at + HOLD)
    rows = [ask.row(group, each, price, state=State.HELD, cart=cart, until=cart.expires_at) for each in individuals]
    Registration.objects.bulk_create(rows)
    places.record(rows, What.HELD, at=ask.at, channel=ask.channel, by=ask.by)
    return rows


def _wait(ask: _Ask, group: Group, price: int, individuals: Sequence[Individual]) -> list[Registration]:
    rows = [ask.row(group, each, price, state=State.WAITING, waiting_since=ask.at) for each in individuals]
    Registration.objects.bulk_create(rows)
    places.record(rows, What.QUEUED, at=ask.at, channel=ask.channel, by=ask.by)
    return rows


@transaction.atomic
def extend_hold(*, cart: Cart, channel: str = "web", by: User | None = None) -> Cart:
    """Puts off the end of a cart by ten minutes, once. Raises Conflict when it was, or when its time is up."""
    group_ids = cart.registrations.filter(state=State.HELD).values_list("group", flat=True)
    places.lock_groups(group_ids)
    current = places.lock_household(cart.household)
    if current is None or current.pk != cart.pk:
        raise Conflict(_("Time is up: the places of this basket are free for others again."))
    if current.extended_at:
        raise Conflict(_("The time of this basket was put off already: that is done once."))
    moment = clock.now()
    current.expires_at, current.extended_at = current.expires_at + EXTENSION, moment
    current.save(update_fields=["expires_at", "extended_at"])
    rows = list(current.registrations.filter(state=State.HELD))
    current.registrations.filter(state=State.HELD).update(until=current.expires_at)
    places.record(rows, What.EXTENDED, at=moment, channel=channel, by=by)
    return current


@transaction.atomic
def release(*, registration: Registration, channel: str, by: User | None = None) -> Registration:
    """Gives back a held or offered place, or leaves the waiting list. Done already, it changes nothing.

    Raises Conflict for one that is billed: `cancel_registration` ends it.
    """
    if by is not None:
        by.require(Action.REGISTER_OTHERS, _("Your role does not register people."))
    places.lock_groups([registration.group_id])
    places.lock_household(registration.household)
    registration.refresh_from_db()
    if registration.state in (State.CANCELLED, State.LAPSED):
        return registration
    if registration.state not in (State.HELD, State.OFFERED, State.WAITING):
        raise Conflict(_("This place is billed: cancel the registration."))
    took_place = registration.state != State.WAITING
    places.end([registration], State.CANCELLED)
    places.record([registration], What.RELEASED, channel=channel, by=by)
    places.close_if_empty(registration.cart)
    if took_place:
        places.free_again([registration.group_id])
    return registration


@transaction.atomic
def check_out(
    *,
    household: Household,
    language: str,
    at_counter: bool = False,
    by: User | None = None,
    channel: str,
) -> Invoice:
    """Bills the cart of a household, and has the page of the bank prepared, unless they pay at the counter.

    They then have until the end of their cart to pay, and ten minutes at least; at the counter, as long as
    `bounds.counter_until` says. Sent twice, it gives the same invoice. Raises Conflict when nothing is held any more,
    or when something was added meanwhile; NotAtCounter on line, for a household that does not pay at the counter now.
    """
    if by is not None:
        by.require(Action.REGISTER_OTHERS, _("Your role does not register people."))
    held = Registration.objects.filter(household=household, state=State.HELD, cart__closed_at=None)
    groups = places.lock_groups(held.values_list("group", flat=True))
    cart = places.lock_household(household)
    moment = clock.now()
    if cart is None:
        return _just_billed(household, moment)
    rows = list(cart.registrations.filter(state=State.HELD).select_related("individual").order_by("pk"))
    if not rows:
        raise Conflict(_("Nothing is in your basket."))
    if any(row.group_id not in groups for row in rows):
        raise Conflict(_("Your basket just changed: look at it again, then pay."))
    for row in rows:
        row.group = groups[row.group_id]
    invoice = _bill(cart, rows, language, by)
    on_line = has_provider() and not at_counter
    if not on_line and by is None and balance_of(invoice) > 0:
        bounds.require_counter(household=household, seasons=[row.group.season for row in rows])
    pay_before = max(cart.expires_at, moment + LEAST_TO_PAY)
    until = pay_before if on_line else bounds.counter_until(household, by=by)
    Registration.objects.filter(pk__in=[row.pk for row in rows]).update(state=State.AWAITING_PAYMENT, until=until)
    cart.closed_at, cart.invoice = moment, invoice
    cart.save(update_fields=["closed_at", "invoice"])
    places.record(rows, What.BILLED, at=moment, channel=channel, by=by)
    if on_line and balance_of(invoice) > 0:
        start(key=invoice.key, invoice=invoice, language=language, pay_before=pay_before)
    return invoice


def _bill(cart: Cart, rows: Sequence[Registration], language: str, by: User | None) -> Invoice:
    """Issues the invoice of held places, a line each, and ties them to it."""
    prices = priced_rows(cart.household, rows)
    lines = [_line(row, prices[row.pk]) for row in rows]
    payer = payer_of(cart.household)
    key = f"cart:{cart.pk}"
    invoice = issue(key=key, household=cart.household, payer=payer, language=language, lines=lines, by=by)
    by_source = {line.source: line for line in invoice.lines.all()}
    for row in rows:
        row.invoice_line = by_source[f"registration:{row.pk}"]
    Registration.objects.bulk_update(rows, ["invoice_line"])
    return invoice


def _line(row: Registration, cost: Priced) -> NewLine:
    activity, season = row.group.activity, row.group.season
    return NewLine(
        source=f"registration:{row.pk}",
        participant=row.individual,
        words_fr=f"{activity.title_fr}, {season.title_fr}",
        words_en=f"{activity.title_en or activity.title_fr}, {season.title_en or season.title_fr}",
        price_cents=cost.price,
        rebate_cents=cost.rebate,
        aid_cents=cost.aid,
        tax_nature=TaxNature(activity.tax_nature),
        child_care=activity.child_care,
    )


def _just_billed(household: Household, moment: datetime) -> Invoice:
    """The invoice of the cart that was billed just now, for who sends the form twice. Raises Conflict without one."""
    carts = Cart.objects.filter(household=household, invoice__isnull=False, closed_at__gt=moment - HOLD)
    last = carts.select_related("invoice").order_by("-closed_at").first()
    if last is None or last.invoice is None:
        raise Conflict(_("Time is up: the places of your basket are free for others again. Choose again."))
    return last.invoice


@transaction.atomic
def pay_again(*, household: Household, invoice: Invoice, language: str) -> PaymentAttempt:
    """A try to pay on line an invoice whose places are kept still: the one that is open, or another.

    However many tries are made, places are kept MOST_TO_PAY from the first one of the basket at most; those to be paid
    at the counter, until their day. Raises Conflict when nothing waits for its payment any more, when that time is over
    or a cancellation is being done; AlreadyPaid, BeingVerified.
    """
    mine = Registration.objects.filter(household=household, invoice_line__invoice=invoice)
    places.lock_groups(mine.values_list("group", flat=True))
    rows = list(mine.filter(state=State.AWAITING_PAYMENT).select_related("cart"))
    if not rows:
        raise Conflict(_("These places do not wait for a payment any more."))
    if cancelling.asked_for(rows):
        raise Conflict(_("A cancellation is being done on this invoice: pay in a moment, what is left of it."))
    moment = clock.now()
    kept = min(row.until or moment for row in rows)
    last = max(kept, min(row.cart.made_at if row.cart else invoice.issued_at for row in rows) + MOST_TO_PAY)
    if moment >= last:
        raise Conflict(_("The time to pay these places on line is over. They are free for others in a moment."))
    pay_before = min(last, max(moment + LEAST_TO_PAY, min(kept, moment + HOLD)))
    attempt = start(key=invoice.key, invoice=invoice, language=language, pay_before=pay_before)
    mine.filter(state=State.AWAITING_PAYMENT, until__lt=attempt.pay_before).update(until=attempt.pay_before)
    return attempt


@transaction.atomic
def cancel_registration(
    *, registration: Registration, channel: str, by: User | None = None, why: str = "", in_full: bool = False
) -> Registration:
    """Ends a registration, and gives back the part of the meetings that are left, with its taxes. May run again.

    A place that is not billed is released. Of one that waits for a payment on line, the cancellation is remembered, and
    done once the bank says that nobody can pay it any more; paid meanwhile, it is cancelled all the same, and its
    refund is proposed. The other places of its invoice are kept, and billed again. `in_full`, for a manager: everything
    is given back, with a reason.
    """
    if by is not None:
        by.require(Action.REGISTER_OTHERS, _("Your role does not register people."))
    why = one_line(why)
    if in_full:
        if by is None or not by.may(Action.MANAGE_LEISURE):
            raise NotAllowed(_("Your role does not refund in full."))
        if not why:
            raise Invalid.in_field("why", _("Say why everything is given back."))
    rows = settling.lock_billed_with(registration)
    if registration.state in (State.HELD, State.OFFERED, State.WAITING):
        return release(registration=registration, channel=channel, by=by)
    if registration.state not in (State.AWAITING_PAYMENT, State.CONFIRMED):
        return registration
    invoice = cancelling.line_of(registration).invoice
    was_waiting = registration.state == State.AWAITING_PAYMENT
    if was_waiting and cancelling.may_be_paid_on_line(invoice):
        cancelling.ask(registration, why=why, channel=channel, by=by)
        return registration
    cancelling.take_back(registration, in_full=in_full, why=why, channel=channel, by=by)
    cancelling.tell(registration)
    if was_waiting:
        cancelling.make_again([registration, *rows])
    places.free_again([registration.group_id])
    return registration
