"""Refunds: never more than what was paid, by the way it came, else by cheque."""

from collections.abc import Callable

import pytest

from parvis.apps.billing import tasks
from parvis.apps.billing.channels.base import RefundOutcome, RefundState
from parvis.apps.billing.models import Invoice, LedgerAccount, Payment, Refund
from parvis.apps.billing.queries.balances import balance_of, paid_of
from parvis.apps.billing.services.invoices import credit_line
from parvis.apps.billing.services.payments import store_event, take_at_counter
from parvis.apps.billing.services.refunds import record_given, record_refund, refund_invoice
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.billing.bank import Bank
from tests.billing.conftest import Sell, begin, sums
from tests.factories import SmallTown

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
A, Method, Way = LedgerAccount, Payment.Method, Refund.Way


@pytest.fixture
def paid(sell: Sell, bank: Bank, run_jobs: Callable[[], int]) -> Invoice:
    """An invoice of 100 $, of which each line is 50 $, paid by card."""
    attempt = begin(invoice := sell(5_000, 5_000))
    run_jobs()
    bank.pay(attempt)
    tasks.look_at_attempt(attempt.pk)
    run_jobs()
    return invoice


def test_a_card_is_refunded_on_the_card(
    paid: Invoice, bank: Bank, town: SmallTown, run_jobs: Callable[[], int], heard: list[str]
) -> None:
    """Point 27."""
    credit_line(key="c", line=paid.lines.all()[0], why="Annulé", by=town.treasurer)
    (refund,) = refund_invoice(key="r", invoice=paid, cents=5_000, why="Annulé", by=town.treasurer)
    assert (balance_of(paid), paid_of(paid)) == (-5_000, 5_000)
    run_jobs()
    refund.refresh_from_db()
    assert refund.provider_id in {outcome.refund_id for outcome in bank.refunds.values()}
    assert balance_of(paid) == 0
    assert sums() == {A.PROVIDER: 5_000, A.REVENUE: -5_000}
    assert f"billing.refund_done {refund.pk}" in heard


def test_nobody_gives_back_more_than_what_was_paid(paid: Invoice, town: SmallTown) -> None:
    """Point 28."""
    refund_invoice(key="one", invoice=paid, cents=6_000, why="Annulé", by=town.treasurer)
    with pytest.raises(Invalid):
        refund_invoice(key="two", invoice=paid, cents=4_001, why="Annulé", by=town.treasurer)
    refund_invoice(key="three", invoice=paid, cents=4_000, why="Annulé", by=town.treasurer)
    with pytest.raises(Invalid):
        refund_invoice(key="four", invoice=paid, cents=1, why="Annulé", by=town.treasurer)


def test_the_same_refund_is_asked_for_once(paid: Invoice, town: SmallTown) -> None:
    asked = [refund_invoice(key="r", invoice=paid, cents=6_000, why="Annulé", by=town.treasurer) for _ in range(2)]
    assert asked[0] == asked[1]


def test_only_those_who_refund_do(paid: Invoice, town: SmallTown) -> None:
    for user in (town.agent, town.technician, town.instructor):
        with pytest.raises(NotAllowed):
            refund_invoice(key="r", invoice=paid, cents=1, why="Annulé", by=user)


def test_a_refund_stays_asked_for_while_the_bank_is_down_then_is_done(
    paid: Invoice, bank: Bank, town: SmallTown, run_jobs: Callable[[], int], pass_time: Callable[..., None]
) -> None:
    (refund,) = refund_invoice(key="r", invoice=paid, cents=5_000, why="Annulé", by=town.treasurer)
    bank.faults = ["down"]
    run_jobs()
    refund.refresh_from_db()
    assert (refund.state, refund.done_at) == ("queued", None)
    assert sums()[A.PROVIDER] == 10_000
    with pytest.raises(Conflict):
        record_given(refund=refund, way=Way.CHEQUE, by=town.treasurer)
    pass_time(1.1)
    refund.refresh_from_db()
    assert refund.done_at
    assert sums()[A.PROVIDER] == 5_000


def test_a_refund_whose_answer_was_lost_is_looked_for_and_not_asked_twice(
    paid: Invoice, bank: Bank, town: SmallTown, run_jobs: Callable[[], int], pass_time: Callable[..., None]
) -> None:
    (refund,) = refund_invoice(key="r", invoice=paid, cents=5_000, why="Annulé", by=town.treasurer)
    bank.faults = ["lost"]
    run_jobs()
    pass_time(1.1)
    refund.refresh_from_db()
    assert (len(bank.refunds), refund.state) == (1, "sent")
    assert refund.done_at


def test_a_refund_that_the_bank_takes_days_to_do_is_followed(
    paid: Invoice, bank: Bank, town: SmallTown, run_jobs: Callable[[], int], pass_time: Callable[..., None]
) -> None:
    bank.refunds_wait = True
    (refund,) = refund_invoice(key="r", invoice=paid, cents=5_000, why="Annulé", by=town.treasurer)
    run_jobs()
    refund.refresh_from_db()
    assert (refund.state, refund.done_at) == ("sent", None)
    key = refund.key
    bank.refunds[key] = RefundOutcome(RefundState.DONE, bank.refunds[key].refund_id)
    pass_time(16)
    refund.refresh_from_db()
    assert refund.done_at


def test_a_card_that_takes_no_more_is_refunded_by_cheque(
    paid: Invoice, bank: Bank, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    """Point 27."""
    bank.closed_cards = True
    (refund,) = refund_invoice(key="r", invoice=paid, cents=10_000, why="Annulé", by=town.treasurer)
    run_jobs()
    refund.refresh_from_db()
    assert refund.failed_at
    with pytest.raises(Invalid):  # what failed is still owed
        refund_invoice(key="again", invoice=paid, cents=1, why="Annulé", by=town.treasurer)
    with pytest.raises(NotAllowed):
        record_given(refund=refund, way=Way.CHEQUE, by=town.agent)
    record_given(refund=refund, way=Way.CHEQUE, details="chèque 881", by=town.treasurer)
    assert sums() == {A.PROVIDER: 10_000, A.BANK: -10_000, A.RECEIVABLE: 10_000, A.REVENUE: -10_000}


def test_a_refund_that_comes_back_is_reversed_then_given_by_cheque(
    paid: Invoice, bank: Bank, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    """Point 27: the bank of the card sends it back days later."""
    (refund,) = refund_invoice(key="r", invoice=paid, cents=10_000, why="Annulé", by=town.treasurer)
    run_jobs()
    bank.refunds[refund.key] = RefundOutcome(RefundState.FAILED, f"re_{refund.key}", None, "account closed")
    for event in ("evt_1", "evt_2"):
        store_event(provider="bank", event_id=event, kind="refund.failed", body={"refund": refund.key})
    run_jobs()
    assert sums()[A.PROVIDER] == 10_000
    refund.refresh_from_db()
    done = RefundOutcome(RefundState.DONE, refund.provider_id)
    assert record_refund(refund=refund, outcome=done).done_at is None  # an older word of the bank
    record_given(refund=refund, way=Way.CHEQUE, by=town.treasurer)
    assert sums() == {A.PROVIDER: 10_000, A.BANK: -10_000, A.RECEIVABLE: 10_000, A.REVENUE: -10_000}


def test_a_cheque_goes_back_by_cheque(sell: Sell, town: SmallTown) -> None:
    """Point 27."""
    invoice = sell(5_000)
    take_at_counter(key="f", invoice=invoice, method=Method.CHEQUE, by=town.agent)
    (refund,) = refund_invoice(key="r", invoice=invoice, cents=5_000, why="Annulé", by=town.treasurer)
    record_given(refund=refund, way=Way.CHEQUE, details="chèque 12", by=town.treasurer)
    assert sums() == {A.RECEIVABLE: 5_000, A.REVENUE: -5_000}
