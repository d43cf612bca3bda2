"""Paying at the counter, in cash or by cheque."""

import pytest

from parvis.apps.billing import tasks
from parvis.apps.billing.models import LedgerAccount, Payment, Refund
from parvis.apps.billing.queries.balances import balance_of
from parvis.apps.billing.services.payments import AlreadyPaid, take_at_counter
from parvis.apps.billing.services.refunds import record_given, refund_invoice
from parvis.lib.errors import NotAllowed
from tests.billing.bank import Bank
from tests.billing.conftest import Sell, begin, sums
from tests.factories import SmallTown

pytestmark = pytest.mark.django_db
A, Method, Way = LedgerAccount, Payment.Method, Refund.Way


def test_cash_is_rounded_and_the_difference_has_its_account(sell: Sell, town: SmallTown, heard: list[str]) -> None:
    """Point 36."""
    invoice = sell(11_498)
    payment = take_at_counter(key="form-1", invoice=invoice, method=Method.CASH, by=town.treasurer)
    assert (payment.cents, payment.tendered_cents) == (11_498, 11_500)
    assert sums() == {A.DRAWER: 11_500, A.REVENUE: -11_498, A.ROUNDING: -2}
    assert balance_of(invoice) == 0
    assert heard == [f"billing.invoice_paid {invoice.pk}"]


def test_a_cheque_is_exact(sell: Sell, town: SmallTown) -> None:
    """Point 36."""
    take_at_counter(key="form-1", invoice=sell(11_498), method=Method.CHEQUE, details="no 112", by=town.agent)
    assert sums() == {A.BANK: 11_498, A.REVENUE: -11_498}


def test_the_same_form_takes_once(sell: Sell, town: SmallTown) -> None:
    invoice = sell(5_000)
    taken = [take_at_counter(key="f", invoice=invoice, method=Method.CASH, by=town.agent) for _ in range(2)]
    assert taken[0] == taken[1]
    with pytest.raises(AlreadyPaid):
        take_at_counter(key="another", invoice=invoice, method=Method.CASH, by=town.agent)


def test_only_those_who_take_payments_do(sell: Sell, town: SmallTown) -> None:
    for user in (town.technician, town.editor, town.instructor, town.citizen, town.manager):
        with pytest.raises(NotAllowed):
            take_at_counter(key="f", invoice=sell(100), method=Method.CASH, by=user)


def test_what_the_counter_takes_ends_the_page_of_the_bank(
    sell: Sell, town: SmallTown, bank: Bank, run_jobs: object, pass_time: object
) -> None:
    attempt = begin(invoice := sell(5_000))
    tasks.make_session(attempt.pk)
    take_at_counter(key="f", invoice=invoice, method=Method.CASH, by=town.agent)
    tasks.end_attempt(attempt.pk)
    assert bank.pages[attempt.key].stage == "expired"


def test_cash_goes_back_in_cash_rounded_too(sell: Sell, town: SmallTown) -> None:
    invoice = sell(11_498)
    take_at_counter(key="f", invoice=invoice, method=Method.CASH, by=town.agent)
    (refund,) = refund_invoice(key="r", invoice=invoice, cents=1_002, why="Trop payé", by=town.treasurer)
    assert (refund.state, refund.way) == ("held", Way.CASH)
    for _ in range(2):
        record_given(refund=refund, way=Way.CASH, by=town.treasurer)
    assert sums() == {A.DRAWER: 10_500, A.RECEIVABLE: 1_002, A.REVENUE: -11_498, A.ROUNDING: -4}
    assert balance_of(invoice) == 1_002
