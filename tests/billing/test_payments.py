"""Paying on line: each success recorded once, in any order, whatever fails."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from parvis.apps.billing import tasks
from parvis.apps.billing.models import LedgerAccount, Payment, PaymentAttempt, ProviderEvent, Refund
from parvis.apps.billing.queries.balances import balance_of, latest_attempt, paid_of
from parvis.apps.billing.services.invoices import credit_line
from parvis.apps.billing.services.payments import AlreadyPaid, BeingVerified, end_attempts, start, store_event
from parvis.lib.errors import Conflict
from tests.billing.bank import Bank
from tests.billing.conftest import Sell, begin, in_minutes, sums

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
Stage, A = PaymentAttempt.Stage, LedgerAccount
Pass = Callable[..., None]


def tell(attempt: PaymentAttempt, event_id: str = "evt_1") -> bool:
    return store_event(provider="bank", event_id=event_id, kind="paid", body={"attempt": attempt.key})


def test_an_invoice_is_paid_on_the_page_of_the_bank(
    sell: Sell, bank: Bank, run_jobs: Callable[[], int], heard: list[str]
) -> None:
    """Point 30: what the webhook tells is known before the browser comes back."""
    invoice = sell(11_498)
    attempt = begin(invoice)
    assert attempt.stage == Stage.CREATED
    run_jobs()
    attempt.refresh_from_db()
    assert (attempt.stage, attempt.url) == (Stage.SENT, "https://bank.example/1")
    bank.pay(attempt)
    tell(attempt)
    run_jobs()
    payment = Payment.objects.get()
    assert balance_of(invoice) == 0
    assert (payment.number[-6:], payment.details, payment.tendered_cents) == ("-00001", "Visa 4242", 11_498)
    assert sums() == {A.PROVIDER: 11_498, A.REVENUE: -11_498}
    assert heard == [f"billing.attempt_sent {attempt.pk}", f"billing.invoice_paid {invoice.pk}"]
    attempt.refresh_from_db()
    assert (attempt.stage, attempt.payment_id) == (Stage.SUCCEEDED, payment.key.removeprefix("bank:"))


def test_an_event_told_thrice_in_any_order_counts_once(
    sell: Sell, bank: Bank, run_jobs: Callable[[], int], heard: list[str]
) -> None:
    """Point 29."""
    attempt = begin(invoice := sell(5_000))
    run_jobs()
    attempt.refresh_from_db()
    bank.pay(attempt)
    assert [tell(attempt, event) for event in ("evt_2", "evt_1", "evt_2", "evt_3")] == [True, True, False, True]
    run_jobs()
    tasks.look_at_attempt(attempt.pk)
    assert Payment.objects.count() == 1
    assert heard.count(f"billing.invoice_paid {invoice.pk}") == 1
    assert not ProviderEvent.objects.filter(handled_at=None).exists()


def test_a_refused_card_may_be_followed_by_another(
    sell: Sell, bank: Bank, run_jobs: Callable[[], int], heard: list[str]
) -> None:
    """A failure is not the last word: the success that follows it is recorded."""
    attempt = begin(invoice := sell(5_000))
    run_jobs()
    bank.says(attempt, Stage.FAILED)
    tell(attempt, "evt_1")
    run_jobs()
    assert heard[-1] == f"billing.attempt_refused {attempt.pk}"
    assert begin(invoice) == attempt  # the same page, still open
    bank.pay(attempt)
    tell(attempt, "evt_2")
    run_jobs()
    assert balance_of(invoice) == 0


def test_two_tabs_share_one_attempt(sell: Sell, bank: Bank, run_jobs: Callable[[], int]) -> None:
    """Point 10."""
    invoice = sell(5_000)
    assert begin(invoice) == begin(invoice)
    run_jobs()
    assert begin(invoice).session_id
    assert bank.made == [begin(invoice).key]


def test_another_amount_is_another_attempt(
    sell: Sell, bank: Bank, pass_time: Pass, run_jobs: Callable[[], int]
) -> None:
    """The amount changed between the quote and the payment: the first page is ended."""
    first = begin(invoice := sell(5_000, 3_000))
    run_jobs()
    credit_line(key="c", line=invoice.lines.all()[1], why="Retiré", by=None)
    second = begin(invoice)
    assert (first.cents, second.cents) == (8_000, 5_000)
    run_jobs()
    first.refresh_from_db()
    assert first.stage == Stage.EXPIRED
    assert second.pk == getattr(latest_attempt(invoice), "pk", 0)


def test_nobody_pays_twice_what_is_being_verified(sell: Sell, bank: Bank, run_jobs: Callable[[], int]) -> None:
    attempt = begin(invoice := sell(5_000))
    run_jobs()
    bank.says(attempt, Stage.PROCESSING)
    tasks.look_at_attempt(attempt.pk)
    with pytest.raises(BeingVerified):
        begin(invoice)
    bank.pay(attempt)
    tasks.look_at_attempt(attempt.pk)
    with pytest.raises(AlreadyPaid):
        begin(invoice)


def test_without_a_provider_one_pays_at_the_counter(sell: Sell, settings: Any) -> None:
    settings.PARVIS_PAYMENTS = ""
    with pytest.raises(Conflict):
        start(key="k", invoice=sell(100), language="fr", pay_before=in_minutes(20))


def test_a_page_is_ended_at_the_bank_before_its_end_is_announced(
    sell: Sell, bank: Bank, pass_time: Pass, run_jobs: Callable[[], int], heard: list[str]
) -> None:
    """A session never outlives the hold: the bank is down, so nothing is announced until it says so."""
    attempt = begin(sell(5_000))
    run_jobs()
    bank.faults = ["down"]
    pass_time(21)
    attempt.refresh_from_db()
    assert attempt.stage == Stage.SENT
    assert f"billing.attempt_ended {attempt.pk}" not in heard
    pass_time(1, 1)
    attempt.refresh_from_db()
    assert (attempt.stage, bank.pages[attempt.key].stage) == (Stage.EXPIRED, Stage.EXPIRED)
    assert heard.count(f"billing.attempt_ended {attempt.pk}") == 1


def test_what_was_paid_as_the_page_ended_is_kept(
    sell: Sell, bank: Bank, pass_time: Pass, run_jobs: Callable[[], int], heard: list[str]
) -> None:
    attempt = begin(invoice := sell(5_000))
    run_jobs()
    bank.pay(attempt)
    end_attempts(invoice=invoice)
    run_jobs()
    assert balance_of(invoice) == 0
    assert f"billing.attempt_ended {attempt.pk}" not in heard


def test_a_page_never_made_ends_too(sell: Sell, bank: Bank, pass_time: Pass, heard: list[str]) -> None:
    bank.faults = ["down"] * 40
    attempt = begin(sell(5_000), minutes=10)
    pass_time(*(1,) * 13)
    assert heard == [f"billing.attempt_ended {attempt.pk}"]
    assert bank.made == []


def test_a_page_whose_address_was_lost_is_made_again(
    sell: Sell, bank: Bank, pass_time: Pass, run_jobs: Callable[[], int]
) -> None:
    attempt = begin(sell(5_000))
    bank.faults = ["lost"]
    run_jobs()
    pass_time(1)
    attempt.refresh_from_db()
    assert bank.made == [attempt.key] * 2
    assert attempt.url == "https://bank.example/2"


def test_a_payment_that_no_webhook_told_is_known_within_five_minutes(
    sell: Sell, bank: Bank, pass_time: Pass, run_jobs: Callable[[], int]
) -> None:
    """Point 32."""
    attempt = begin(invoice := sell(5_000))
    run_jobs()
    pass_time(1, 1)
    bank.pay(attempt)
    pass_time(1, 1, 1)
    assert balance_of(invoice) == 0


def test_a_worker_killed_between_the_charge_and_its_record_loses_nothing(
    sell: Sell, bank: Bank, pass_time: Pass, run_jobs: Callable[[], int]
) -> None:
    """Point 32."""

    class Died(BaseException):
        pass

    def kill(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "billing_payment" in sql and sql.startswith("INSERT"):
            raise Died
        return execute(sql, *rest)

    attempt = begin(invoice := sell(5_000))
    run_jobs()
    bank.pay(attempt)
    tell(attempt)
    with connection.execute_wrapper(kill), pytest.raises(Died):
        run_jobs()
    assert balance_of(invoice) == 5_000
    pass_time(2)
    assert (balance_of(invoice), Payment.objects.count()) == (0, 1)


def test_an_event_that_comes_while_the_bank_is_down_is_handled_later(
    sell: Sell, bank: Bank, pass_time: Pass, run_jobs: Callable[[], int]
) -> None:
    attempt = begin(invoice := sell(5_000))
    run_jobs()
    bank.pay(attempt)
    tell(attempt)
    bank.faults = ["down"]
    run_jobs()
    assert balance_of(invoice) == 5_000
    pass_time(1.1)
    assert balance_of(invoice) == 0


def test_what_is_paid_twice_is_given_back_and_the_paid_order_stays(
    sell: Sell, bank: Bank, run_jobs: Callable[[], int], heard: list[str]
) -> None:
    """Two pages were paid: the second payment is refunded by itself."""
    first = begin(invoice := sell(5_000))
    run_jobs()
    PaymentAttempt.objects.update(pay_before=in_minutes(-1))
    second = begin(invoice)
    assert second != first
    bank.pay(first)
    tasks.look_at_attempt(first.pk)
    bank.pages[second.key] = bank.pages.get(second.key, bank.pages[first.key])
    bank.pay(second)
    PaymentAttempt.objects.filter(pk=second.pk).update(session_id=f"cs_{second.key}")
    tasks.look_at_attempt(second.pk)
    run_jobs()
    refund = Refund.objects.get()
    assert (refund.payment.attempt, refund.cents) == (second, 5_000)
    assert refund.done_at
    assert (balance_of(invoice), paid_of(invoice)) == (0, 5_000)
    assert heard.count(f"billing.invoice_paid {invoice.pk}") == 1


def test_money_that_comes_after_all_was_taken_back_is_announced(
    sell: Sell, bank: Bank, run_jobs: Callable[[], int], heard: list[str]
) -> None:
    """Point 33: whoever sold the places seats the people after all, or gives the money back."""
    attempt = begin(invoice := sell(5_000))
    run_jobs()
    credit_line(key="c", line=invoice.lines.get(), why="Délai passé", by=None)
    bank.pay(attempt)
    run_jobs()
    assert heard[-1] == f"billing.invoice_paid {invoice.pk}"
    assert balance_of(invoice) == -5_000
    assert not Refund.objects.exists()


def test_what_was_taken_back_meanwhile_is_refunded(sell: Sell, bank: Bank, run_jobs: Callable[[], int]) -> None:
    """The amount changed while the page was being paid."""
    attempt = begin(invoice := sell(5_000, 3_000))
    run_jobs()
    bank.pay(attempt)
    credit_line(key="c", line=invoice.lines.all()[1], why="Retiré", by=None)
    run_jobs()
    assert (balance_of(invoice), paid_of(invoice)) == (0, 5_000)
    assert sums() == {A.PROVIDER: 5_000, A.REVENUE: -5_000}
