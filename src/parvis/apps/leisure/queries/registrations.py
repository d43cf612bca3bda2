"""What a household chose and joined: its cart, its registrations, their steps, their ranks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from parvis.apps.billing.models import TaxNature
from parvis.apps.billing.rules.taxes import sale_taxes
from parvis.apps.directory.models import ApiKey
from parvis.apps.households.models import Household, Individual
from parvis.apps.leisure.models import Cart, Registration, RegistrationEvent
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries.catalogue import Span, spans_of
from parvis.apps.leisure.queries.clashes import Clash, clashes_of
from parvis.apps.leisure.queries.prices import priced_rows
from parvis.apps.leisure.rules.pricing import Priced
from parvis.lib import clock

State = Registration.State


@dataclass(frozen=True)
class CartLine:
    """A held place, what it costs before taxes, its taxes, its meetings, and what else is at the same hours."""

    registration: Registration
    priced: Priced
    gst_cents: int
    qst_cents: int
    meetings: Span | None
    clashes: Sequence[Clash]

    @property
    def total_cents(self) -> int:
        """What is owed for it."""
        return self.priced.net + self.gst_cents + self.qst_cents


@dataclass(frozen=True)
class CartView:
    """What a household is choosing, held until `expires_at`."""

    cart: Cart
    lines: Sequence[CartLine]

    @property
    def expires_at(self) -> datetime:
        return self.cart.expires_at

    @property
    def may_extend(self) -> bool:
        """Whether its end may still be put off, once."""
        return self.cart.extended_at is None

    @property
    def by_participant(self) -> list[tuple[Individual, list[CartLine]]]:
        """The lines of each participant, in the order in which they were chosen."""
        found: dict[Individual, list[CartLine]] = {}
        for line in self.lines:
            found.setdefault(line.registration.individual, []).append(line)
        return list(found.items())

    @property
    def rebate_cents(self) -> int:
        """What was taken off the prices."""
        return sum(line.priced.rebate for line in self.lines)

    @property
    def aid_cents(self) -> int:
        """The financial aid taken off what was left."""
        return sum(line.priced.aid for line in self.lines)

    @property
    def net_cents(self) -> int:
        """What is owed before taxes."""
        return sum(line.priced.net for line in self.lines)

    @property
    def gst_cents(self) -> int:
        return sum(line.gst_cents for line in self.lines)

    @property
    def qst_cents(self) -> int:
        return sum(line.qst_cents for line in self.lines)

    @property
    def total_cents(self) -> int:
        """What is owed, taxes included."""
        return sum(line.total_cents for line in self.lines)


@dataclass(frozen=True)
class RegistrationView:
    """A registration with its state at this moment, its meetings, and its rank if it waits (1: the next one)."""

    registration: Registration
    state: Registration.State
    meetings: Span | None
    rank: int | None


def open_cart(household: Household) -> CartView | None:
    """What the household is choosing; None when nothing is held now. A constant number of queries."""
    moment = clock.now()
    cart = Cart.objects.filter(household=household, closed_at=None, expires_at__gt=moment).first()
    if cart is None:
        return None
    rows = list(_with_groups(cart.registrations.filter(state=State.HELD, until__gt=moment)).order_by("pk"))
    if not rows:
        return None
    prices, spans, clashes = priced_rows(household, rows), spans_of(row.group_id for row in rows), clashes_of(rows)
    lines = []
    for row in rows:
        gst, qst = sale_taxes(prices[row.pk].net, TaxNature(row.group.activity.tax_nature), clock.today())
        lines.append(CartLine(row, prices[row.pk], gst, qst, spans.get(row.group_id), clashes[row.pk]))
    return CartView(cart, lines)


def registrations_of(household: Household) -> list[RegistrationView]:
    """The registrations of a household, the live ones first, then the latest. A constant number of queries.

    Never those of the same children in another household.
    """
    rows = list(_with_groups(Registration.objects.filter(household=household)).order_by("-pk"))
    views = views_of_registrations(rows)
    return sorted(views, key=lambda view: view.state not in Registration.LIVE)


def views_of_registrations(rows: Sequence[Registration]) -> list[RegistrationView]:
    """These registrations as they are at this moment. Reads `group`. Two queries more."""
    moment = clock.now()
    spans, ranks = spans_of({row.group_id for row in rows}), ranks_of(rows)
    return [RegistrationView(row, row.state_at(moment), spans.get(row.group_id), ranks.get(row.pk)) for row in rows]


def ranks_of(rows: Iterable[Registration]) -> dict[int, int]:
    """By registration that waits, its rank on the list of its group: 1 for the next one. One query."""
    groups = {row.group_id for row in rows if row.state == State.WAITING}
    if not groups:
        return {}
    waiting = Registration.objects.filter(group__in=groups, state=State.WAITING)
    ordered = waiting.order_by("group", "waiting_since", "pk").values_list("group", "pk")
    found: dict[int, int] = {}
    counts: dict[int, int] = {}
    for group, pk in ordered:
        counts[group] = found[pk] = counts.get(group, 0) + 1
    return found


def registration_of(household: Household, public_id: str) -> Registration | None:
    """The household's registration with that public identifier; None for anything else."""
    return _with_groups(Registration.objects.filter(household=household, public_id=public_id)).first()


def registration_by_id(public_id: str) -> Registration | None:
    """The registration with that public identifier: who has it received it in a letter, or is of the staff."""
    return _with_groups(Registration.objects.filter(public_id=public_id)).first()


def those_together(registration: Registration) -> list[Registration]:
    """The registration, and those that are together with it, in the order in which they were asked for."""
    if not registration.together:
        return [registration]
    rows = Registration.objects.filter(group=registration.group_id, together=registration.together)
    return list(_with_groups(rows).order_by("pk"))


def kept_beside(registration: Registration) -> list[Registration]:
    """The other places that the household may keep from last season, offered in the same season and not answered yet.

    One query.
    """
    rows = Registration.objects.filter(household=registration.household_id, group__season=registration.group.season_id)
    rows = rows.filter(channel=Channel.KEPT, state=State.OFFERED, until__gt=clock.now()).exclude(pk=registration.pk)
    return list(_with_groups(rows).order_by("pk"))


def events_of(registration: Registration) -> list[RegistrationEvent]:
    """Its steps, the first one first, each to the millisecond, with who did it. One query."""
    return list(registration.events.select_related("by").order_by("at", "pk"))


def steps_of_rows(rows: Sequence[Registration]) -> list[RegistrationEvent]:
    """The steps of these registrations, the first one first. One query."""
    steps = RegistrationEvent.objects.filter(registration__in=rows).select_related("registration__individual")
    return list(steps.order_by("at", "pk"))


def of_program(api_key: ApiKey, public_ids: Sequence[str]) -> list[Registration]:
    """The registrations with these public identifiers, among those of households that an API key made. One query."""
    rows = Registration.objects.filter(public_id__in=public_ids, household__made_by_key=api_key)
    return list(_with_groups(rows).order_by("pk"))


def steps_of(household: Household) -> list[RegistrationEvent]:
    """The steps of every registration of a household, the latest first, for who is on the telephone with them."""
    rows = RegistrationEvent.objects.filter(registration__household=household)
    return list(
        rows.select_related("by", "registration__group__activity", "registration__individual").order_by("-at", "-pk")
    )


def _with_groups(rows: QuerySet[Registration]) -> QuerySet[Registration]:
    group = ("group__season", "group__activity__category", "group__hall__address__street")
    return rows.select_related(*group, "individual", "household", "cart", "invoice_line__invoice")
