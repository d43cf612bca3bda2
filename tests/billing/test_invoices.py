"""Invoices, their numbers, and what is taken back of them."""

from collections.abc import Callable

import pytest

from parvis.apps.billing.models import Invoice, InvoiceLine, LedgerAccount, Leg, Transaction
from parvis.apps.billing.queries.balances import balance_of, balances_of, total_of
from parvis.apps.billing.services.invoices import credit_line
from parvis.apps.billing.services.ledger import NewLeg, post, reverse
from parvis.lib.errors import Invalid
from tests.billing.conftest import Sell, sums

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
A = LedgerAccount


def test_an_invoice_posts_what_is_owed_and_each_tax(sell: Sell) -> None:
    invoice = sell(6_000, taxable=True)
    assert invoice.number == f"F-{invoice.issued_at:%y}-00001"
    assert balance_of(invoice) == total_of(invoice) == 6_899
    assert sums() == {A.RECEIVABLE: 6_899, A.REVENUE: -6_000, A.GST: -300, A.QST: -599}
    assert invoice.lines.get().slip_cents == 6_899


def test_the_same_invoice_is_issued_once(sell: Sell) -> None:
    assert sell(100, key="cart-1") == sell(100, key="cart-1")
    assert sell(100).number.endswith("-00002")
    assert sums()[A.RECEIVABLE] == 200


def test_an_invoice_of_nothing_is_paid_at_once(sell: Sell, heard: list[str]) -> None:
    invoice = sell(0)
    assert balance_of(invoice) == 0
    assert heard == [f"billing.invoice_paid {invoice.pk}"]
    assert not Transaction.objects.exists()


def test_lines_are_taken_back_in_parts_to_the_cent(sell: Sell) -> None:
    """Point 26."""
    invoice = sell(6_000, taxable=True)
    line = invoice.lines.get()
    for rank, net in enumerate((1_001, 2_002, None)):
        credit_line(key=f"c{rank}", line=line, net_cents=net, why="Trois séances de moins", by=None)
    assert balance_of(invoice) == 0
    assert sums() == {}
    assert [row.net_cents for row in line.reversals.all()] == [-1_001, -2_002, -2_997]
    with pytest.raises(Invalid):
        credit_line(key="c9", line=line, net_cents=1, why="Encore", by=None)


def test_a_line_is_taken_back_once_for_its_key(sell: Sell) -> None:
    invoice = sell(6_000, 4_000)
    line = invoice.lines.all()[0]
    again = [credit_line(key="c", line=line, net_cents=100, why="Erreur", by=None) for _ in range(2)]
    assert again[0] == again[1]
    assert balance_of(invoice) == 9_900


def test_the_ledger_refuses_what_does_not_balance(town: object) -> None:
    """Point 39."""
    for legs in ([NewLeg(A.DRAWER, 100), NewLeg(A.REVENUE, -99)], [], [NewLeg(A.DRAWER, 0)]):
        with pytest.raises(ValueError, match="balance"):
            post(key="wrong", what=Transaction.What.PAYMENT, legs=legs, by=None)
    assert not Transaction.objects.exists()


def test_the_ledger_is_only_reversed(town: object) -> None:
    """Point 39."""
    legs = [NewLeg(A.DRAWER, 100), NewLeg(A.REVENUE, -100)]
    posted = post(key="one", what=Transaction.What.PAYMENT, legs=legs, by=None)
    assert post(key="one", what=Transaction.What.PAYMENT, legs=legs, by=None) == posted
    undone = reverse(key="undo", posted=posted, by=None)
    assert reverse(key="undo again", posted=posted, by=None) == undone
    assert sums() == {}
    for row in (posted, posted.legs.all()[0]):
        with pytest.raises(TypeError):
            row.save()


def test_the_balances_of_many_invoices_cost_one_query(
    sell: Sell, django_assert_num_queries: Callable[..., object]
) -> None:
    invoices = [sell(100 * n) for n in range(1, 6)]
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert balances_of(invoices) == {invoice.pk: 100 * n for n, invoice in enumerate(invoices, 1)}


def test_numbers_have_no_holes_when_an_invoice_fails(sell: Sell) -> None:
    sell(100)
    with pytest.raises(ValueError, match="lines"):
        sell()
    sell(100)
    assert [number[-5:] for number in Invoice.objects.order_by("pk").values_list("number", flat=True)] == [
        "00001",
        "00002",
    ]
    assert Leg.objects.count() == 4
    assert InvoiceLine.objects.count() == 2
