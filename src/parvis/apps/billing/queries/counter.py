"""What the counter received and gave back in a day, by person and by means, and what each should hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Sum

from parvis.apps.billing.models import LedgerAccount, Leg, Payment, Refund
from parvis.apps.billing.queries.reconciling import day_bounds
from parvis.apps.directory.models import User
from parvis.lib.words import fold

Method = Payment.Method
BY_MEANS = {LedgerAccount.DRAWER: Method.CASH, LedgerAccount.BANK: Method.CHEQUE}


@dataclass
class Means:
    """What was received, and given back, by one means. Cents, cash rounded."""

    method: Payment.Method
    receipts: int = 0
    received_cents: int = 0
    given_cents: int = 0

    @property
    def name(self) -> str:
        """ "In cash", in the active language."""
        return str(self.method.label)

    @property
    def left_cents(self) -> int:
        """What is left of it: for cash, what the drawer holds beyond its float."""
        return self.received_cents - self.given_cents


@dataclass
class Cashier:
    """What one person took and gave back, by means, in the order of `Payment.Method`."""

    name: str
    means: dict[Payment.Method, Means] = field(default_factory=dict)

    def by(self, method: Payment.Method) -> Means:
        """What they took by one means."""
        return self.means.setdefault(method, Means(method))

    @property
    def rows(self) -> Sequence[Means]:
        """Each means that they took or gave back."""
        rows = (self.means.get(method) for method in Method)
        return [one for one in rows if one and (one.receipts or one.given_cents)]

    @property
    def cash(self) -> Means:
        """What they took in cash."""
        return self.by(Method.CASH)

    @property
    def cheque(self) -> Means:
        """What they took by cheque."""
        return self.by(Method.CHEQUE)

    @property
    def given_cents(self) -> int:
        """What they gave back, by every means."""
        return sum(one.given_cents for one in self.means.values())

    @property
    def drawer_cents(self) -> int:
        """The cash that they should hold beyond their float: what they received, less what they gave back."""
        return self.cash.left_cents

    @property
    def received_cents(self) -> int:
        """What they received, by every means."""
        return sum(one.received_cents for one in self.means.values())


@dataclass(frozen=True)
class CounterDay:
    """What the counter received in a day of the town; `ledger_cents`: what the ledger has in its drawer and its
    bank for that day, less what left them.
    """

    day: date
    cashiers: Sequence[Cashier]
    ledger_cents: int

    @property
    def total(self) -> Cashier:
        """All of them together."""
        total = Cashier("")
        for each in self.cashiers:
            for one in each.rows:
                means = total.by(one.method)
                means.receipts += one.receipts
                means.received_cents += one.received_cents
                means.given_cents += one.given_cents
        return total

    @property
    def received_cents(self) -> int:
        """What was received, by every means."""
        return self.total.received_cents

    @property
    def left_cents(self) -> int:
        """What was received, less what was given back."""
        return sum(one.left_cents for one in self.total.rows)

    @property
    def agrees(self) -> bool:
        """Whether the ledger has the same sum."""
        return self.left_cents == self.ledger_cents


def counter_of(day: date) -> CounterDay:
    """What the counter received and gave back in a day of the town, those who took something by name. Four queries."""
    first, after = day_bounds(day)
    cashiers: dict[int | None, Cashier] = {}
    taken = Payment.objects.filter(received_at__gte=first, received_at__lt=after, received_by__isnull=False)
    sums = taken.order_by().values_list("received_by", "method").annotate(Count("pk"), Sum("tendered_cents"))
    for user, method, receipts, cents in sums:
        means = cashiers.setdefault(user, Cashier("")).by(Method(method))
        means.receipts, means.received_cents = receipts, cents
    for user, account, cents in _given(day):
        cashiers.setdefault(user, Cashier("")).by(BY_MEANS[LedgerAccount(account)]).given_cents = -cents
    for user in User.objects.filter(pk__in=[pk for pk in cashiers if pk]):
        cashiers[user.pk].name = str(user)
    legs = Leg.objects.filter(account__in=BY_MEANS, transaction__at__gte=first, transaction__at__lt=after).aggregate(
        cents=Sum("cents")
    )
    by_name = sorted(cashiers.values(), key=lambda each: fold(each.name))
    return CounterDay(day, by_name, legs["cents"] or 0)


def _given(day: date) -> "Sequence[tuple[int | None, str, int]]":
    """What each person gave back, by account, as the refunds done that day posted it."""
    first, after = day_bounds(day)
    done = Refund.objects.filter(done_at__gte=first, done_at__lt=after).exclude(way=Refund.Way.ORIGINAL)
    rows = Leg.objects.filter(account__in=BY_MEANS, transaction__refund__in=done).order_by()
    return list(rows.values_list("transaction__by", "account").annotate(cents=Sum("cents")))
