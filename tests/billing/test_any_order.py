"""Whatever is done, in whatever order, the ledger sums to zero and nobody is given more than what they paid."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import pytest
from django.db.models import Sum

from parvis.apps.billing import tasks
from parvis.apps.billing.models import Invoice, LedgerAccount, Payment, PaymentAttempt, Refund
from parvis.apps.billing.queries.balances import balance_of, paid_of, total_of
from parvis.apps.billing.queries.reconciling import OddKind, reconcile_day
from parvis.apps.billing.services.invoices import credit_line
from parvis.apps.billing.services.payments import end_attempts, take_at_counter
from parvis.apps.billing.services.refunds import record_given, refund_invoice
from parvis.lib import clock
from parvis.lib.errors import Refused
from tests.billing.bank import Bank
from tests.billing.conftest import Sell, begin, sums
from tests.factories import SmallTown

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
STEPS = 25


@dataclass
class World:
    """What the moves are made on."""

    sell: Sell
    bank: Bank
    town: SmallTown
    chance: Random
    invoices: list[Invoice]
    step: int = 0

    @property
    def invoice(self) -> Invoice:
        return self.chance.choice(self.invoices)

    def issue(self) -> None:
        self.invoices.append(self.sell(self.chance.randrange(1, 20_000), taxable=self.chance.random() < 0.5))

    def pay_at_the_counter(self) -> None:
        method = self.chance.choice([Payment.Method.CASH, Payment.Method.CHEQUE])
        take_at_counter(key=f"{self.step}", invoice=self.invoice, method=method, by=self.town.agent)

    def open_the_page(self) -> None:
        tasks.make_session(begin(self.invoice).pk)

    def pay_on_line(self) -> None:
        for attempt in self.invoice.attempts.exclude(session_id=""):
            if self.bank.pages[attempt.key].stage == PaymentAttempt.Stage.SENT:
                self.bank.pay(attempt)
            tasks.look_at_attempt(attempt.pk)

    def credit(self) -> None:
        line = self.chance.choice(list(self.invoice.lines.filter(reverses=None)))
        net = self.chance.choice([None, self.chance.randrange(1, line.net_cents + 1)])
        credit_line(key=f"{self.step}", line=line, net_cents=net, why="Annulé", by=None)

    def refund(self) -> None:
        cents = self.chance.randrange(1, 12_000)
        refund_invoice(key=f"{self.step}", invoice=self.invoice, cents=cents, why="Annulé", by=None)

    def give_a_cheque(self) -> None:
        for row in Refund.objects.filter(payment__invoice=self.invoice, done_at=None):
            record_given(refund=row, way=Refund.Way.CHEQUE, by=self.town.treasurer)

    def end_the_page(self) -> None:
        end_attempts(invoice=self.invoice)

    def fail(self) -> None:
        self.bank.faults.append(self.chance.choice(["down", "lost"]))

    def close_the_cards(self) -> None:
        self.bank.closed_cards = not self.bank.closed_cards

    def check(self, invoice: Invoice) -> None:
        """What is owed for it is what was sold, less what came, and what left again."""
        given = Refund.objects.filter(payment__invoice=invoice, done_at__isnull=False)
        done = given.aggregate(cents=Sum("cents"))["cents"] or 0
        paid = sum(invoice.payments.values_list("cents", flat=True))
        assert 0 <= paid_of(invoice) <= paid
        assert balance_of(invoice) == total_of(invoice) - paid + done


MOVES = (
    *(World.issue, World.pay_at_the_counter, World.open_the_page, World.pay_on_line, World.credit, World.credit),
    *(World.refund, World.give_a_cheque, World.end_the_page, World.fail, World.close_the_cards),
)


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_keeps_the_ledger_true(
    seed: int, sell: Sell, bank: Bank, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    """Point 39."""
    world = World(sell, bank, town, Random(seed), [sell(6_000, 4_599, taxable=True)])
    for world.step in range(STEPS):
        with suppress(Refused):
            world.chance.choice(MOVES)(world)
        if world.chance.random() < 0.5:
            run_jobs()
    bank.faults, bank.closed_cards = [], False
    for attempt in PaymentAttempt.objects.all():
        tasks.look_at_attempt(attempt.pk)
    run_jobs()
    totals = sums()
    assert sum(totals.values()) == 0
    for invoice in world.invoices:
        world.check(invoice)
    assert totals.get(LedgerAccount.RECEIVABLE, 0) == sum(map(balance_of, world.invoices))
    expected = {OddKind.REFUND_FAILED, OddKind.OVERPAID}
    assert {odd.kind for odd in reconcile_day(clock.today()).odd} <= expected
