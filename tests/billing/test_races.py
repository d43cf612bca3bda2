"""Several at once: numbers without holes, one payment, never more given back than what was paid."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest
from django.db import connections

from parvis.apps.billing.models import Invoice, Payment, PaymentAttempt, Refund
from parvis.apps.billing.queries.balances import balance_of, paid_of
from parvis.apps.billing.services.payments import record_paid, take_at_counter
from parvis.apps.billing.services.refunds import refund_invoice
from parvis.lib.errors import Refused
from tests.billing.bank import Bank
from tests.billing.conftest import Sell, begin, make_household, sell_to, sums
from tests.factories import SmallTown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
WRITERS = 8


def at_once(work: Callable[[int], object], times: int = WRITERS) -> list[object]:
    """What each of these calls returned, or the refusal that it raised; all begin together."""
    gate = Barrier(times)

    def run(rank: int) -> object:
        try:
            gate.wait()
            return work(rank)
        except Refused as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(run, range(times)))


def numbers(rows: list[str]) -> list[int]:
    return sorted(int(number.rpartition("-")[2]) for number in rows)


def test_numbers_follow_each_other_without_holes(sell: Sell, bank: Bank) -> None:
    """Some are issued twice under one key, some fail."""
    homes, ranks = [make_household() for _ in range(WRITERS)], count()

    def issue(rank: int) -> None:
        sell_to(homes[rank], 100, key=f"cart-{rank // 2}")
        if rank % 3 == 0:
            with pytest.raises(ValueError, match="lines"):
                sell_to(homes[rank], key=f"empty-{next(ranks)}")

    at_once(issue)
    issued = list(Invoice.objects.values_list("number", flat=True))
    assert numbers(issued) == list(range(1, WRITERS // 2 + 1))


def test_one_payment_told_many_times_at_once_counts_once(sell: Sell, bank: Bank) -> None:
    """Points 10 and 29."""
    invoice = sell(5_000)
    opened = at_once(lambda _rank: begin(invoice))
    assert len({attempt.pk for attempt in opened if isinstance(attempt, PaymentAttempt)}) == 1
    attempt = PaymentAttempt.objects.get()
    at_once(lambda _rank: record_paid(attempt=attempt, payment_id="pi_1", cents=5_000))
    assert numbers(list(Payment.objects.values_list("number", flat=True))) == [1]
    assert (balance_of(invoice), paid_of(invoice)) == (0, 5_000)


def test_the_counter_takes_once_while_the_bank_takes_too(sell: Sell, bank: Bank, town: SmallTown) -> None:
    """Whoever is first, the invoice is paid once: the second payment by card is given back."""
    invoice = sell(5_000)
    attempt = begin(invoice)

    def pay(rank: int) -> object:
        if rank % 2:
            return take_at_counter(key=f"f{rank}", invoice=invoice, method=Payment.Method.CHEQUE, by=town.treasurer)
        return record_paid(attempt=attempt, payment_id="pi_1", cents=5_000)

    at_once(pay)
    assert (balance_of(invoice), paid_of(invoice)) in ((0, 5_000), (-5_000, 5_000))
    sums()


def test_two_clerks_who_refund_at_once_never_give_more_than_what_was_paid(
    sell: Sell, bank: Bank, town: SmallTown
) -> None:
    """Point 28."""
    invoice = sell(10_000)
    record_paid(attempt=begin(invoice), payment_id="pi_1", cents=10_000)

    def refund(rank: int) -> object:
        return refund_invoice(key=f"r{rank}", invoice=invoice, cents=3_000, why="Annulé", by=town.treasurer)

    done = at_once(refund)
    assert sum(isinstance(each, list) for each in done) == 3
    assert sum(Refund.objects.values_list("cents", flat=True)) == 9_000
    assert paid_of(invoice) == 1_000
