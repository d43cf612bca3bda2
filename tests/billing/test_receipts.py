"""The receipt: one letter once it is paid, and the same words on the page."""

from collections.abc import Callable

import pytest

from parvis.apps.billing.models import Invoice, Payment
from parvis.apps.billing.queries.receipts import invoice_in, invoices_of, receipt_of
from parvis.apps.billing.services.invoices import credit_line
from parvis.apps.billing.services.payments import store_event, take_at_counter
from parvis.apps.households.models import Household
from parvis.apps.mail.models import Outgoing
from tests.billing.bank import Bank
from tests.billing.conftest import Sell, begin, make_household, payer, sell_to
from tests.factories import SmallTown, make_person

pytestmark = pytest.mark.django_db
NBSP = "\u00a0"


@pytest.fixture
def reached(household: Household) -> Household:
    """The household, whose payer has an e-mail address."""
    mother = payer(household)
    mother.person = make_person("Louise Gagné", email="louise@example.org")
    mother.save()
    return household


def test_one_receipt_is_sent_once_it_is_paid(
    reached: Household, sell: Sell, bank: Bank, run_jobs: Callable[[], int]
) -> None:
    """Point 29: the webhook comes thrice, and one letter leaves."""
    attempt = begin(invoice := sell(6_000, taxable=True))
    run_jobs()
    bank.pay(attempt)
    for event in ("evt_1", "evt_2", "evt_3"):
        store_event(provider="bank", event_id=event, kind="paid", body={"attempt": attempt.key})
        run_jobs()
    letter = Outgoing.objects.get()
    assert letter.to == "louise@example.org"
    assert letter.subject == f"Votre reçu {Payment.objects.get().number}"
    for words in ("Léa Roy | Natation 0", f"60,00{NBSP}$", "TPS", f"3,00{NBSP}$", "TVQ", f"5,99{NBSP}$", "Visa 4242"):
        assert words in letter.text
    assert f"68,99{NBSP}$" in letter.text
    assert f"/mon-dossier/factures/{invoice.public_id}/" in letter.text


def test_the_receipt_of_cash_says_how_it_was_rounded(
    reached: Household, sell: Sell, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    """Point 36."""
    take_at_counter(key="f", invoice=sell(11_498), method=Payment.Method.CASH, by=town.agent)
    run_jobs()
    text = Outgoing.objects.get().text
    assert f"Arrondi de l’argent comptant{NBSP}: 0,02{NBSP}$" in text
    assert f"115,00{NBSP}$" in text


def test_an_invoice_of_nothing_has_no_receipt(reached: Household, sell: Sell, run_jobs: Callable[[], int]) -> None:
    sell(0)
    run_jobs()
    assert not Outgoing.objects.exists()


def test_who_paid_twice_is_told(reached: Household, sell: Sell, bank: Bank, run_jobs: Callable[[], int]) -> None:
    attempt = begin(invoice := sell(5_000, 3_000))
    run_jobs()
    bank.pay(attempt)
    credit_line(key="c", line=invoice.lines.all()[1], why="Retiré", by=None)
    run_jobs()
    subjects = [letter.subject for letter in Outgoing.objects.order_by("pk")]
    assert "Nous vous remettons 30,00 $" in subjects


def test_a_receipt_tells_each_participant_and_each_tax(sell: Sell, town: SmallTown) -> None:
    invoice = sell(6_000, 4_000, taxable=True)
    credit_line(key="c", line=invoice.lines.all()[1], why="Annulé", by=None)
    told = receipt_of(invoice)
    assert [(share.name, len(share.lines)) for share in told.shares] == [("Léa Roy", 3)]
    assert (told.net_cents, told.gst_cents, told.qst_cents, told.total_cents) == (6_000, 300, 599, 6_899)
    assert (told.is_receipt, told.number) == (False, invoice.number)
    take_at_counter(key="f", invoice=invoice, method=Payment.Method.CHEQUE, by=town.agent)
    told = receipt_of(invoice)
    assert (told.is_receipt, told.number[0], told.balance_cents) == (True, "P", 0)


def test_a_household_sees_its_invoices_only(sell: Sell, household: Household, town: SmallTown) -> None:
    mine, other = sell(100), make_household()
    theirs = sell_to(other, 200)
    assert [row.invoice for row in invoices_of(household)] == [mine]
    assert invoice_in(household, mine.public_id) == mine
    assert invoice_in(household, theirs.public_id) is None


def test_the_list_costs_the_same_for_one_and_for_many(
    sell: Sell, household: Household, django_assert_num_queries: Callable[..., object]
) -> None:
    for count in (1, 10):
        while Invoice.objects.count() < count:
            sell(100)
        with django_assert_num_queries(5):  # type: ignore[attr-defined]
            assert len(invoices_of(household)) == count
