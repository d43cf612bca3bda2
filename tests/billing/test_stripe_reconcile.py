"""A day compared, to the cent: the provider, the ledger, the registrations."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from parvis.apps.billing.models import Invoice, ReconciliationReport, Refund
from parvis.apps.billing.services.invoices import credit_line
from parvis.apps.billing.services.refunds import record_given, refund_invoice
from parvis.apps.leisure.services.reconciling import reconcile, reconcile_nights
from parvis.cli.main import main
from parvis.lib.clock import today
from parvis.operations.fake_services.payments import PaymentProvider
from tests.billing.conftest import Sell, begin
from tests.billing.standin import at_standin
from tests.factories import SmallTown

pytestmark = pytest.mark.django_db(transaction=True)
Paid = Callable[..., Invoice]


@pytest.fixture
def standin(settings: Settings, live_server: LiveServer) -> Iterator[PaymentProvider]:
    """The provider of the settings, whose webhooks come to this site."""
    with at_standin(settings, live_server.url) as provider:
        yield provider


@pytest.fixture
def pay(standin: PaymentProvider, sell: Sell, run_jobs: Callable[[], int]) -> Paid:
    """pay(price, ..., card="4242"): an invoice, paid on line."""

    def paid(*prices: int, card: str = "4242") -> Invoice:
        invoice = sell(*prices, taxable=True)
        attempt = begin(invoice)
        run_jobs()
        attempt.refresh_from_db()
        standin.controls.webhook_before_redirect = True
        standin.pay_by_control(attempt.session_id, card)
        run_jobs()
        return invoice

    return paid


def sums(report: ReconciliationReport) -> tuple[int | None, int, int]:
    """The three sums."""
    return report.provider_cents, report.ledger_cents, report.registrations_cents


def kinds(report: ReconciliationReport) -> list[str]:
    """What is odd."""
    return sorted(one["kind"] for one in report.odd)


def test_a_day_of_payments_and_refunds_agrees_to_the_cent(
    pay: Paid, run_jobs: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Point 38, and the night's report closes to 0.00."""
    first, second = pay(10_000), pay(5_000, 5_000)
    credit = credit_line(key="c", line=first.lines.get(), net_cents=3_333, why="moved")
    refund_invoice(key="r", invoice=first, cents=-credit.total_cents, why="moved")
    run_jobs()
    report = reconcile(day=today())
    expected = 2 * 11_498 + credit.total_cents
    assert second.number and sums(report) == (expected, expected, expected)
    assert report.agrees and not report.odd
    assert main(["reconcile", "--date", today().isoformat(), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "provider_cents": expected,
        "ledger_cents": expected,
        "registrations_cents": expected,
        "odd": [],
    }


def test_a_payment_that_the_ledger_does_not_have_is_odd(
    pay: Paid, standin: PaymentProvider, sell: Sell, run_jobs: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    pay(10_000)
    attempt = begin(sell(2_000))
    run_jobs()
    attempt.refresh_from_db()
    standin.control({"drop": True})
    standin.pay_by_control(attempt.session_id, "4242")
    report = reconcile(day=today())
    assert sums(report) == (13_498, 11_498, 11_498) and kinds(report) == ["provider-only"]
    assert main(["reconcile", "--date", today().isoformat()]) == 1
    assert "Received by the provider, not here" in capsys.readouterr().out


def test_a_provider_that_does_not_answer_is_told_and_the_night_compares_again(
    pay: Paid, standin: PaymentProvider, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    pay(10_000)
    day = today()
    settings.PARVIS_NOW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    standin.control({"down": True})
    assert main(["reconcile", "--date", day.isoformat(), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["provider_cents"] is None
    standin.control({"down": False})
    assert {report.day: report.agrees for report in reconcile_nights()}[day]
    assert not reconcile_nights()


def test_a_refund_that_the_card_gives_back_is_odd_until_the_cheque_is_made(
    pay: Paid, standin: PaymentProvider, run_jobs: Callable[[], int], town: SmallTown
) -> None:
    """Point 27: the money came back to the provider; the cheque leaves the bank."""
    standin.control({"refund_seconds": 3600})
    invoice = pay(10_000, card="9987")
    credit_line(key="c", line=invoice.lines.get(), why="moved")
    refund_invoice(key="r", invoice=invoice, cents=11_498, why="moved")
    run_jobs()
    assert sums(reconcile(day=today())) == (0, 0, 0)
    standin.settle_refund(next(one for one in standin.objects.values() if one["object"] == "refund"), closed=True)
    run_jobs()
    run_jobs()
    report = reconcile(day=today())
    assert sums(report) == (11_498, 11_498, 11_498) and kinds(report) == ["refund-failed"]
    record_given(refund=Refund.objects.get(), way=Refund.Way.CHEQUE, details="118", by=town.treasurer)
    report = reconcile(day=today())
    assert sums(report) == (11_498, 11_498, 11_498) and report.agrees


@pytest.mark.parametrize(("day", "hours"), [(date(2027, 3, 14), 23), (date(2027, 11, 7), 25), (date(2027, 1, 9), 24)])
def test_a_day_is_that_of_the_town_even_when_its_clocks_change(
    standin: PaymentProvider, settings: Settings, day: date, hours: int
) -> None:
    """The last second of the day is in it, the first of the next one is not."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=5 if day.month != 11 else 4)
    end = start + timedelta(hours=hours)
    second = timedelta(seconds=1)
    for cents, moment in ((1, start - second), (10, start), (100, end - second), (1000, end)):
        standin.control({"now": moment.timestamp()})
        standin.charge(standin.make_intent(cents, "cad", {}), "4242")
    assert reconcile(day=day).provider_cents == 110


def test_without_a_provider_a_day_is_nothing_and_agrees(settings: Settings, town: object) -> None:
    settings.PARVIS_PAYMENTS = ""
    report = reconcile(day=today())
    assert sums(report) == (0, 0, 0) and report.agrees
