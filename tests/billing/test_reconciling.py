"""What the ledger says of a day, and what is odd in it."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from pytest_django import Settings

from parvis.apps.billing import tasks
from parvis.apps.billing.models import LedgerAccount, Leg, Payment, PaymentAttempt, Refund, Transaction
from parvis.apps.billing.queries.reconciling import OddKind, day_bounds, reconcile_day
from parvis.apps.billing.services.invoices import credit_line
from parvis.apps.billing.services.payments import record_paid, take_at_counter
from parvis.apps.billing.services.refunds import record_given, refund_invoice
from parvis.lib import clock
from tests.billing.bank import Bank
from tests.billing.conftest import Sell, begin
from tests.factories import SmallTown

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
MONTREAL = ZoneInfo("America/Toronto")


def kinds(day: date) -> list[OddKind]:
    return [odd.kind for odd in reconcile_day(day).odd]


def test_a_day_is_the_towns_and_not_the_counters(sell: Sell, bank: Bank, town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-12-08T23:59:59-05:00"
    first, second = begin(sell(5_000)), begin(sell(700))
    record_paid(attempt=first, payment_id="pi_1", cents=5_000)
    after = datetime(2026, 12, 9, 0, 0, tzinfo=MONTREAL)
    record_paid(attempt=second, payment_id="pi_2", cents=700, at=after)
    take_at_counter(key="f", invoice=sell(900), method=Payment.Method.CASH, by=town.agent)
    assert reconcile_day(date(2026, 12, 8)).ledger_cents == 5_000
    assert reconcile_day(date(2026, 12, 9)).ledger_cents == 700
    assert reconcile_day(date(2026, 12, 8)).odd == ()


@pytest.mark.parametrize(("day", "hours"), [(date(2027, 3, 14), 23), (date(2026, 11, 1), 25), (date(2026, 12, 8), 24)])
def test_a_day_is_as_long_as_it_is(day: date, hours: int) -> None:
    first, after = day_bounds(day)
    assert (after.timestamp() - first.timestamp()) / 3600 == hours


def test_money_given_back_is_taken_off_the_day_when_it_left(
    sell: Sell, bank: Bank, town: SmallTown, run_jobs: Callable[[], int], settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-12-08T12:00:00-05:00"
    attempt = begin(invoice := sell(5_000))
    run_jobs()
    bank.pay(attempt)
    tasks.look_at_attempt(attempt.pk)
    settings.PARVIS_NOW = "2026-12-10T12:00:00-05:00"
    refund_invoice(key="r", invoice=invoice, cents=2_000, why="Annulé", by=town.treasurer)
    run_jobs()
    assert reconcile_day(date(2026, 12, 8)).ledger_cents == 5_000
    assert reconcile_day(date(2026, 12, 10)).ledger_cents == -2_000


def test_what_is_odd_is_told(sell: Sell, bank: Bank, town: SmallTown, run_jobs: Callable[[], int]) -> None:
    today = clock.today()
    attempt = begin(invoice := sell(5_000))
    record_paid(attempt=attempt, payment_id="pi_1", cents=5_000)
    assert kinds(today) == []
    Transaction.objects.create(key="empty", what="payment", at=clock.now())
    Leg.objects.filter(account=LedgerAccount.RECEIVABLE, transaction__what="payment").update(cents=-4_999)
    PaymentAttempt.objects.filter(pk=begin(sell(100)).pk).update(stage="succeeded")
    assert sorted(kinds(today)) == [OddKind.UNBALANCED, OddKind.UNBALANCED, OddKind.UNPOSTED, OddKind.UNRECORDED]
    bank.closed_cards = True
    refund_invoice(key="r", invoice=invoice, cents=1_000, why="Annulé", by=town.treasurer)
    run_jobs()
    assert OddKind.REFUND_FAILED in kinds(today)


def test_a_refund_not_done_after_a_day_is_odd(
    sell: Sell, bank: Bank, town: SmallTown, run_jobs: Callable[[], int], settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-12-08T12:00:00-05:00"
    attempt = begin(invoice := sell(5_000))
    record_paid(attempt=attempt, payment_id="pi_1", cents=5_000)
    refund_invoice(key="r", invoice=invoice, cents=1_000, why="Annulé", by=town.treasurer)
    assert kinds(date(2026, 12, 8)) == []
    assert kinds(date(2026, 12, 9)) == [OddKind.REFUND_LATE]


def test_what_was_paid_beyond_what_is_owed_is_odd_after_a_day(
    sell: Sell, bank: Bank, town: SmallTown, settings: Settings
) -> None:
    """Point 33: money that nobody seated nor gave back."""
    settings.PARVIS_NOW = "2026-12-08T12:00:00-05:00"
    attempt = begin(invoice := sell(5_000))
    credit_line(key="c", line=invoice.lines.get(), why="Délai passé", by=None)
    record_paid(attempt=attempt, payment_id="pi_1", cents=5_000)
    assert kinds(date(2026, 12, 8)) == []
    assert kinds(date(2026, 12, 9)) == [OddKind.OVERPAID]
    refund_invoice(key="r", invoice=invoice, cents=5_000, why="Annulé", by=town.treasurer)
    assert OddKind.OVERPAID not in kinds(date(2026, 12, 9))


PLANTED: dict[str, tuple[str, OddKind]] = {
    "what a payment pays": ("UPDATE billing_payment SET cents = cents + 1000", OddKind.UNPOSTED),
    "what was taken": ("UPDATE billing_payment SET tendered_cents = tendered_cents - 500", OddKind.UNPOSTED),
    "what was given back": ("UPDATE billing_refund SET cents = cents + 100", OddKind.REFUND_UNPOSTED),
    "a line of an invoice": ("UPDATE billing_invoiceline SET net_cents = net_cents - 300", OddKind.LINES_UNPOSTED),
    "a leg": ("UPDATE billing_leg SET cents = cents + 5 WHERE account = 'revenue'", OddKind.UNBALANCED),
    "a refund that is no longer there": ("DELETE FROM billing_refund", OddKind.ORPHAN),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_row_changed_by_hand_is_odd_that_day(sell: Sell, town: SmallTown, name: str) -> None:
    today, invoice = clock.today(), sell(5_002)
    take_at_counter(key="f", invoice=invoice, method=Payment.Method.CASH, by=town.agent)
    (refund,) = refund_invoice(key="r", invoice=invoice, cents=1_001, why="Trop", by=town.treasurer)
    record_given(refund=refund, way=Refund.Way.CASH, by=town.treasurer)
    credit_line(key="c", line=invoice.lines.get(), net_cents=1_001, why="Trop", by=town.treasurer)
    assert kinds(today) == []
    statement, kind = PLANTED[name]
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert set(kinds(today)) == {kind}
