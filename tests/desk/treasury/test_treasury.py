"""The treasurer's page, and what the counter takes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from parvis.apps.billing.models import Invoice, LedgerAccount, Leg, Payment, ReconciliationReport, Refund
from parvis.apps.billing.queries.balances import balance_of
from parvis.apps.billing.queries.counter import counter_of
from parvis.apps.billing.services.refunds import refund_invoice
from parvis.apps.directory.models import AccessLogEntry, User
from parvis.apps.households.models import Individual
from parvis.apps.leisure.services.reconciling import reconcile
from parvis.lib.clock import now, today
from tests.billing.conftest import make_household, sell_to
from tests.factories import SmallTown, make_person

pytestmark = pytest.mark.django_db
TREASURY = "/desk/tresorerie/"


@pytest.fixture
def invoice(town: SmallTown) -> Invoice:
    """114.98 $ with the taxes."""
    return sell_to(make_household(), 10_000, taxable=True)


def as_(user: User) -> Client:
    """A browser where someone is signed in."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    client.cookies["lang"] = "en"
    return client


def pay(client: Client, invoice: Invoice, **fields: str) -> tuple[int, str]:
    """Pays at the counter: the status, and the page where it ends."""
    url = reverse("desk:pay_invoice", args=[invoice.public_id])
    answer = client.post(url, {"submission": "one", "method": "cash"} | fields, follow=True)
    return answer.status_code, answer.content.decode()


def report(**values: object) -> ReconciliationReport:
    """The report of yesterday."""
    sums = {"provider_cents": 100, "ledger_cents": 100, "registrations_cents": 100}
    return ReconciliationReport.objects.create(
        made_at=now(),
        **({"day": today() - timedelta(days=1)} | sums | values),
    )


def test_cash_is_rounded_the_change_is_said_and_twice_the_same_form_takes_once(
    invoice: Invoice, town: SmallTown
) -> None:
    """Point 36."""
    client = as_(town.agent)
    status, page = pay(client, invoice, received="120.00")
    assert status == 200 and "$5.00" in page and "P-" in page
    pay(client, invoice, received="120.00")
    payment = Payment.objects.get()
    assert (payment.cents, payment.tendered_cents, payment.received_by) == (11_498, 11_500, town.agent)
    rounding = Leg.objects.filter(account=LedgerAccount.ROUNDING).values_list("cents", flat=True)
    assert [abs(cents) for cents in rounding] == [2] and balance_of(invoice) == 0


def test_an_invoice_of_a_protected_family_asks_an_agent_why_and_says_who_looked(
    invoice: Invoice, town: SmallTown
) -> None:
    """It tells where their children are, and when. The treasurer, who reads no file, takes the money."""
    flagged = make_person("Louise Gagné", sensitive=True)
    Individual.objects.filter(pk=invoice.payer_id).update(person=flagged)
    paths = [reverse(f"desk:{name}", args=[invoice.public_id]) for name in ("pay_invoice", "invoice_paper")]
    for path in paths:
        assert "$114.98" not in as_(town.agent).get(path).text
    assert pay(as_(town.agent), invoice)[0] == 200 and not Payment.objects.exists()
    client = as_(town.agent)
    client.post(
        reverse("desk:person_reason", args=[flagged.pk]), {"reason": "Elle paie au comptoir.", "back": paths[0]}
    )
    assert "$114.98" in client.get(paths[0]).text
    assert "$114.98" in as_(town.treasurer).get(paths[0]).text
    readers = AccessLogEntry.objects.filter(subject="household", subject_id=invoice.household_id)
    assert {entry.user for entry in readers} == {town.agent, town.treasurer}


def test_a_cheque_is_exact_and_its_number_is_kept(invoice: Invoice, town: SmallTown) -> None:
    """Point 36."""
    pay(as_(town.agent), invoice, method="cheque", details="118")
    payment = Payment.objects.get()
    assert (payment.tendered_cents, payment.details, payment.method) == (11_498, "118", "cheque")


def test_less_than_what_is_owed_takes_nothing_and_says_so(invoice: Invoice, town: SmallTown) -> None:
    status, page = pay(as_(town.agent), invoice, received="100")
    assert status == 422 and "less than what is owed" in page and not Payment.objects.exists()


def test_an_invoice_already_paid_is_not_paid_again(invoice: Invoice, town: SmallTown) -> None:
    """Point 10: another form, in another tab."""
    client = as_(town.agent)
    pay(client, invoice)
    status, _page = pay(client, invoice, submission="two")
    assert status == 409 and Payment.objects.count() == 1


@pytest.mark.parametrize("words", ["number", "receipt", "gagn", "louise"])
def test_an_invoice_is_found_by_its_number_its_receipt_or_a_name(invoice: Invoice, town: SmallTown, words: str) -> None:
    client = as_(town.agent)
    pay(client, invoice)
    words = {"number": invoice.number.lower(), "receipt": Payment.objects.get().number}.get(words, words)
    assert invoice.number in client.get("/desk/tresorerie/factures/", {"q": words}).content.decode()
    assert invoice.number not in client.get("/desk/tresorerie/factures/", {"q": "personne"}).content.decode()


def test_what_is_paid_is_printed_as_a_receipt(invoice: Invoice, town: SmallTown) -> None:
    client = as_(town.agent)
    url = reverse("desk:invoice_paper", args=[invoice.public_id])
    assert "Facture" in client.get(url).content.decode()
    pay(client, invoice)
    assert Payment.objects.get().number in client.get(url).content.decode()


@pytest.mark.parametrize("role", ["technician", "editor", "instructor", "citizen"])
def test_who_takes_no_payment_sees_neither_the_till_nor_the_treasury(
    invoice: Invoice, town: SmallTown, role: str
) -> None:
    client = as_(getattr(town, role))
    url = reverse("desk:pay_invoice", args=[invoice.public_id])
    assert {client.get(page).status_code for page in (url, TREASURY)} <= {403, 302}
    assert client.post(url, {"submission": "one", "method": "cash"}).status_code in (403, 302)
    assert not Payment.objects.exists()


def test_an_agent_takes_payments_and_does_not_read_the_ledger(town: SmallTown) -> None:
    client = as_(town.agent)
    assert client.get(TREASURY).status_code == 403
    assert client.get("/desk/tresorerie/factures/").status_code == 200


def test_what_is_odd_comes_first_with_its_cause_and_one_gesture(invoice: Invoice, town: SmallTown) -> None:
    odd = [
        {"kind": "paid-without-place", "reference": invoice.number, "cents": 11_498},
        {"kind": "provider-only", "reference": "pi_1", "cents": 500},
        {"kind": "refund-failed", "reference": "P-26-00001", "cents": 700},
    ]
    report(provider_cents=600, odd=odd)
    page = as_(town.treasurer).get(TREASURY).content.decode()
    assert page.index("Paid, and has no place") < page.index("Payments of the day")
    for words in ("$114.98", "See the invoice", "Ask the provider again", "Record the cheque", "3 to look at"):
        assert words in page


def test_a_night_that_agrees_says_so(town: SmallTown) -> None:
    report()
    page = as_(town.treasurer).get(TREASURY).content.decode()
    assert "All agrees: provider, ledger, registrations" in page and "to look at" not in page


def test_a_day_counts_what_the_counter_received_by_person_and_means_though_all_agrees(
    invoice: Invoice, town: SmallTown
) -> None:
    home, day = make_household(), today().isoformat()
    pay(as_(town.agent), sell_to(home, 9_200), submission="a", received="100")
    pay(as_(town.agent), sell_to(home, 3_000), submission="b", method="cheque")
    pay(as_(town.treasurer), sell_to(home, 1_002), submission="c")
    refund_invoice(key="r", invoice=Invoice.objects.latest("pk"), cents=500, why="Trop", by=town.treasurer)
    as_(town.treasurer).post(reverse("desk:refund_given", args=[Refund.objects.get().pk]), {"way": "cash"})
    report(day=today(), provider_cents=0, ledger_cents=0, registrations_cents=0)
    page = as_(town.treasurer).get(TREASURY, {"day": day}).text
    assert "All agrees: provider, ledger, registrations" in page and "The ledger has the same sum." in page
    counter = counter_of(today())
    held = {
        one.name: (one.cash.received_cents, one.cheque.received_cents, one.drawer_cents) for one in counter.cashiers
    }
    assert held == {str(town.agent): (9_200, 3_000, 9_200), str(town.treasurer): (1_000, 0, 500)}
    assert (counter.received_cents, counter.ledger_cents, counter.agrees) == (13_200, 12_700, True)
    section = page[page.index("Received at the counter") : page.index("Payments of the day")]
    for words in ("$132.00", "$92.00", "$30.00", str(town.agent), str(town.treasurer), "To hold in the drawer"):
        assert words in section
    assert "$97.00" in section, "all the drawers together"


def test_what_the_ledger_has_otherwise_than_the_receipts_of_the_counter_is_odd(
    invoice: Invoice, town: SmallTown, settings: object
) -> None:
    settings.PARVIS_PAYMENTS = ""  # type: ignore[attr-defined]
    pay(as_(town.agent), invoice)
    assert reconcile(day=today()).agrees
    Payment.objects.update(tendered_cents=11_000)
    found = reconcile(day=today())
    assert {one["kind"] for one in found.odd} == {"unposted", "counter-differs"} and not found.agrees
    page = as_(town.treasurer).get(TREASURY, {"day": today().isoformat()}).text
    assert "The ledger says otherwise" in page and "The ledger has $115.00" in page


def test_a_day_without_a_counter_says_so(town: SmallTown) -> None:
    assert "The counter received nothing that day." in as_(town.treasurer).get(TREASURY).text


@pytest.mark.parametrize("place", ["desk:invoice_paper", "desk:pay_invoice"])
def test_a_receipt_tells_the_cash_handed_over_and_the_change(invoice: Invoice, town: SmallTown, place: str) -> None:
    client = as_(town.agent)
    pay(client, invoice, received="120.00")
    page = " ".join(client.get(reverse(place, args=[invoice.public_id])).text.split())
    lang = {"handed": "Argent remis", "change": "Monnaie rendue", "cash": "120,00", "back": "5,00"}
    if place == "desk:pay_invoice":
        lang = {"handed": "Cash handed over", "change": "Change given back", "cash": "$120.00", "back": "$5.00"}
    assert (
        page.index(lang["handed"]) < page.index(lang["cash"]) < page.index(lang["change"]) < page.rindex(lang["back"])
    )


def test_a_receipt_tells_no_change_when_nobody_said_what_was_handed_over(invoice: Invoice, town: SmallTown) -> None:
    client = as_(town.agent)
    pay(client, invoice)
    assert "Monnaie rendue" not in client.get(reverse("desk:invoice_paper", args=[invoice.public_id])).text
    assert Payment.objects.get().handed_cents is None


def test_a_day_never_compared_may_be_compared_by_a_job(
    town: SmallTown, run_jobs: Callable[[], int], settings: object
) -> None:
    settings.PARVIS_PAYMENTS = ""  # type: ignore[attr-defined]
    client = as_(town.treasurer)
    assert "not compared yet" in client.get(TREASURY).content.decode()
    client.post(f"{TREASURY}comparer/", {"day": today().isoformat()})
    run_jobs()
    assert ReconciliationReport.objects.get().day == today()
    client.post(f"{TREASURY}comparer/", {"day": (today() + timedelta(days=2)).isoformat()})
    assert run_jobs() == 0


def test_a_refund_of_cash_is_given_at_the_counter_once(invoice: Invoice, town: SmallTown) -> None:
    """Points 27 and 28."""
    client = as_(town.treasurer)
    pay(client, invoice)
    refund_invoice(key="r", invoice=invoice, cents=11_498, why="Annulé", by=town.treasurer)
    refund = Refund.objects.get()
    assert "To be given at the counter" in client.get(TREASURY).content.decode()
    for _time in range(2):
        client.post(reverse("desk:refund_given", args=[refund.pk]), {"way": "cheque", "details": "119"})
    refund.refresh_from_db()
    assert refund.done_at and refund.way == Refund.Way.CHEQUE
    assert "every refund is done" in client.get(TREASURY).content.decode()


def test_the_page_asks_as_much_of_the_database_for_one_payment_as_for_twenty(
    town: SmallTown, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = as_(town.treasurer)
    home = make_household()
    for number in range(20):
        pay(client, sell_to(home, 1_000), submission=f"s{number}")
    client.get(TREASURY)
    with django_assert_max_num_queries(25):
        assert client.get(f"{TREASURY}?day={today().isoformat()}").content.decode().count("P-") == 20
