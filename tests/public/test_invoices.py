"""My invoices and receipts: by the rights in the household only, as a page, and as a PDF."""

from collections.abc import Callable

import pytest
from django.test import Client

from parvis.apps.billing.models import Invoice, Payment
from parvis.apps.billing.services.invoices import credit_line
from parvis.apps.billing.services.payments import take_at_counter
from parvis.apps.households.models import Household
from parvis.apps.residents.models import Account, AccountEmail
from parvis.lib.clock import now
from tests.billing.conftest import Sell, household, make_household, payer, sell, sell_to  # noqa: F401
from tests.factories import SmallTown
from tests.residents.test_accounts import enter

pytestmark = pytest.mark.django_db
LIST = "/mon-dossier/factures/"
NBSP = "\u00a0"


@pytest.fixture
def mother(client: Client, household: Household) -> Client:  # noqa: F811
    """The payer of the household, signed in."""
    enter(client, "louise@example.org")
    person = payer(household)
    person.account = AccountEmail.objects.get(email="louise@example.org").account
    person.save()
    return client


def page(client: Client, invoice: Invoice, end: str = "/") -> str:
    return client.get(f"{LIST}{invoice.public_id}{end}").content.decode()


def test_the_list_says_what_is_to_pay_first(mother: Client, sell: Sell, town: SmallTown) -> None:  # noqa: F811
    due, paid = sell(6_000, taxable=True), sell(9_200)
    take_at_counter(key="f", invoice=paid, method=Payment.Method.CHEQUE, by=town.agent)
    words = mother.get(LIST).content.decode()
    assert words.index(due.number) < words.index(f"68,99{NBSP}$ à payer") < words.index(paid.number)
    assert "Réglée" in words


def test_an_invoice_says_what_is_to_pay_and_each_tax(mother: Client, sell: Sell) -> None:  # noqa: F811
    words = page(mother, sell(6_000, taxable=True))
    for text in (f"68,99{NBSP}$ à payer", "Léa Roy", "Natation 0", "TPS", f"3,00{NBSP}$", f"5,99{NBSP}$"):
        assert text in words


def test_once_paid_it_is_a_receipt(mother: Client, sell: Sell, town: SmallTown) -> None:  # noqa: F811
    """Point 36: what was taken in cash, and its rounding."""
    payment = take_at_counter(key="f", invoice=(invoice := sell(11_498)), method=Payment.Method.CASH, by=town.agent)
    words = page(mother, invoice)
    for text in ("C’est payé", f"Reçu {payment.number}", f"115,00{NBSP}$", f"0,02{NBSP}$", "en argent comptant"):
        assert text in words


def test_what_was_taken_back_is_shown(mother: Client, sell: Sell) -> None:  # noqa: F811
    invoice = sell(6_000, 4_000)
    credit_line(key="c", line=invoice.lines.all()[1], net_cents=1_500, why="Annulé", by=None)
    words = page(mother, invoice)
    assert f"−15,00{NBSP}$" in words
    assert f"85,00{NBSP}$ à payer" in words


def test_another_household_is_never_seen(mother: Client, town: SmallTown) -> None:
    """Not its pages, nor its PDF: they look as if they did not exist."""
    theirs = sell_to(make_household(), 100)
    for end in ("/", ".pdf"):
        assert mother.get(f"{LIST}{theirs.public_id}{end}").status_code == 404
    assert theirs.number not in mother.get(LIST).content.decode()


def test_someone_who_left_the_household_sees_nothing_more(
    mother: Client,
    sell: Sell,  # noqa: F811
    household: Household,  # noqa: F811
) -> None:
    """Privacy, point 14."""
    invoice = sell(100)
    household.links.update(ended_at=now())
    assert mother.get(f"{LIST}{invoice.public_id}/").status_code == 404
    assert invoice.number not in mother.get(LIST).content.decode()


def test_nothing_is_shown_to_who_is_not_signed_in(client: Client, sell: Sell) -> None:  # noqa: F811
    for path in (LIST, f"{LIST}{sell(100).public_id}/"):
        assert client.get(path).status_code == 302
    assert not Account.objects.exists()


def test_the_pdf_is_a_pdf_and_its_page_has_the_same_words(
    mother: Client,
    sell: Sell,  # noqa: F811
    town: SmallTown,
) -> None:
    payment = take_at_counter(key="f", invoice=(invoice := sell(500)), method=Payment.Method.CHEQUE, by=town.agent)
    response = mother.get(f"{LIST}{invoice.public_id}.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert f"{payment.number}.pdf" in response["Content-Disposition"]
    assert payment.number in page(mother, invoice, ".pdf?as=page")


def test_the_list_costs_the_same_for_one_and_for_many(
    mother: Client,
    sell: Sell,  # noqa: F811
    django_assert_num_queries: Callable[..., object],
) -> None:
    sell(100)
    mother.get(LIST)
    costs = []
    for count in (1, 6):
        while Invoice.objects.count() < count:
            sell(100)
        with django_assert_num_queries(100, exact=False) as seen:  # type: ignore[attr-defined]
            mother.get(LIST)
        costs.append(len(seen))
    assert costs[0] == costs[1]


def test_in_english(mother: Client, sell: Sell) -> None:  # noqa: F811
    words = page(mother, sell(6_000, taxable=True), "/?langue=en")
    assert "Swimming 0" in words
    assert "$68.99 to pay" in words
