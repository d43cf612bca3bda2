"""What Stripe answers, and what we make of it: against the stand-in, or against Stripe itself when STRIPE_TEST_KEY is a
test key of an account (then only what needs nobody to pay on a page).
"""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
import stripe

from parvis.apps.billing.channels.base import RefundState
from parvis.apps.billing.channels.stripe import Stripe
from parvis.apps.billing.models import Invoice, Payment, PaymentAttempt, Refund
from parvis.lib.transport import DeliveryUncertain, PermanentError, TransientError
from parvis.operations.fake_services.payments import PaymentProvider
from parvis.operations.fake_services.payments_http import running

Stage = PaymentAttempt.Stage
REAL = os.environ.get("STRIPE_TEST_KEY", "")


class Account:
    """An account at the stand-in, and what a test asks of it."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.stripe = Stripe(self.base, "sk_test_standin", connect_seconds=2, answer_seconds=0.3)

    def control(self, **what: Any) -> dict[str, Any]:
        """Asks it to behave so."""
        answer: dict[str, Any] = requests.post(f"{self.base}/control", json=what, timeout=5).json()
        return answer

    @property
    def state(self) -> dict[str, Any]:
        """What it holds."""
        held: dict[str, Any] = requests.get(f"{self.base}/control", timeout=5).json()
        return held

    def paid(self, attempt: PaymentAttempt, card: str = "4242") -> PaymentAttempt:
        """The attempt, paid on its page, as we know it then."""
        attempt.session_id = self.stripe.create_session(attempt).session_id
        self.control(pay=attempt.session_id, card=card)
        attempt.payment_id = self.stripe.look(attempt).payment_id
        return attempt


@pytest.fixture
def account() -> Iterator[Account]:
    with running(PaymentProvider(hook="")) as served:
        yield Account(served.port)


def attempt(cents: int = 11_498) -> PaymentAttempt:
    """An attempt that was not saved."""
    made = datetime.now(UTC)
    return PaymentAttempt(
        key=uuid4().hex,
        invoice=Invoice(number="F-26-00012"),
        cents=cents,
        attempts=1,
        made_at=made,
        pay_before=made + timedelta(minutes=10),
    )


def refund(of: PaymentAttempt, cents: int) -> Refund:
    """A refund that was not saved."""
    return Refund(key=uuid4().hex, payment=Payment(attempt=of, cents=of.cents), cents=cents, attempts=1)


def test_a_page_is_made_once_for_a_key_and_carries_no_name(account: Account) -> None:
    one = attempt()
    first, again = account.stripe.create_session(one), account.stripe.create_session(one)
    assert first == again and first.url.startswith(account.base)
    assert requests.get(first.url, timeout=5).text.count("114,98") == 1
    assert len(account.state["checkout.session"]) == 1
    kept = account.state["checkout.session"][0]
    assert (kept["client_reference_id"], kept["currency"], kept["locale"]) == (one.key, "cad", "fr-CA")
    assert account.stripe.look(replace_session(one, first.session_id)).stage == Stage.SENT


def replace_session(one: PaymentAttempt, session_id: str) -> PaymentAttempt:
    """The attempt with its page."""
    one.session_id = session_id
    return one


def test_the_same_key_with_another_amount_is_refused_not_charged_twice(account: Account) -> None:
    one = attempt()
    account.stripe.create_session(one)
    one.cents = 1_000
    with pytest.raises(PermanentError):
        account.stripe.create_session(one)


def test_a_payment_tells_its_amount_its_card_and_its_moment(account: Account) -> None:
    seen = account.stripe.look(account.paid(attempt()))
    assert (seen.stage, seen.cents, seen.details) == (Stage.SUCCEEDED, 11_498, "Visa 4242")
    assert seen.payment_id.startswith("pi_") and seen.at is not None


def test_a_refused_card_may_be_followed_by_another_on_the_same_page(account: Account) -> None:
    """A refused card keeps the page: failed, then succeeded."""
    one = account.paid(attempt(), card="0002")
    assert account.stripe.look(one).stage == Stage.FAILED
    account.control(pay=one.session_id, card="4242")
    assert account.stripe.look(one).stage == Stage.SUCCEEDED


def test_an_ended_page_takes_no_money_and_ending_it_twice_is_no_fault(account: Account) -> None:
    one = attempt()
    one.session_id = account.stripe.create_session(one).session_id
    account.stripe.expire_session(one.session_id)
    account.stripe.expire_session(one.session_id)
    assert account.control(pay=one.session_id)["outcome"] == "over"
    assert account.stripe.look(one).stage == Stage.EXPIRED


def test_ending_a_page_that_was_paid_leaves_the_payment(account: Account) -> None:
    one = account.paid(attempt())
    account.stripe.expire_session(one.session_id)
    assert account.stripe.look(one).stage == Stage.SUCCEEDED


def test_a_page_that_never_existed_is_ended(account: Account) -> None:
    account.stripe.expire_session("cs_test_unknown")


@pytest.mark.parametrize("fault", ["500", "timeout"])
def test_a_page_made_without_an_answer_is_made_again(account: Account, fault: str) -> None:
    account.control(fail_after_charging=fault)
    one = attempt()
    with pytest.raises(DeliveryUncertain):
        account.stripe.create_session(one)
    account.control(fail_after_charging="")
    one.attempts += 1
    assert account.stripe.create_session(one).url


@pytest.mark.parametrize("fault", ["500", "timeout"])
def test_a_refund_without_an_answer_is_found_and_not_made_twice(account: Account, fault: str) -> None:
    one = account.paid(attempt())
    back = refund(one, 4_000)
    account.control(fail_after_charging=fault)
    with pytest.raises(DeliveryUncertain):
        account.stripe.refund(back)
    found = account.stripe.look_refund(back)
    assert found is not None and found.state == RefundState.DONE
    assert [kept["amount"] for kept in account.state["refund"]] == [4_000]


def test_a_refund_that_was_not_made_is_surely_not_there(account: Account) -> None:
    one = account.paid(attempt())
    back = refund(one, 4_000)
    account.control(fail="500")
    with pytest.raises(DeliveryUncertain):
        account.stripe.refund(back)
    assert account.stripe.look_refund(back) is None
    account.control(fail="")
    back.attempts += 1  # the first key answers 500 again, for a day
    assert account.stripe.refund(back).state == RefundState.DONE


def test_more_than_what_was_paid_cannot_be_refunded(account: Account) -> None:
    one = account.paid(attempt())
    account.stripe.refund(refund(one, 11_000))
    with pytest.raises(PermanentError):
        account.stripe.refund(refund(one, 499))
    assert account.stripe.refund(refund(one, 498)).state == RefundState.DONE


def test_a_closed_card_gives_the_refund_back(account: Account) -> None:
    """Point 27."""
    account.control(refund_seconds=0)
    one = account.paid(attempt(), card="9987")
    back = refund(one, 11_498)
    asked = account.stripe.refund(back)
    assert asked.state == RefundState.DONE  # the money left; then it comes back
    back.provider_id = asked.refund_id
    settled(account, back, RefundState.FAILED)
    assert sum(movement.cents for movement in all_movements(account)) == 11_498


def settled(account: Account, back: Refund, state: RefundState) -> None:
    """Waits until the refund is in that state."""
    deadline = datetime.now(UTC) + timedelta(seconds=3)
    while (found := account.stripe.look_refund(back)) and found.state != state:
        assert datetime.now(UTC) < deadline
    assert found is not None and found.error == "expired_or_canceled_card"


def all_movements(account: Account) -> list[Any]:
    """Every movement of the account."""
    return list(account.stripe.movements(datetime.fromtimestamp(0, UTC), datetime.now(UTC) + timedelta(days=2)))


def test_the_movements_of_a_day_come_by_pages_and_only_those(account: Account) -> None:
    """Point 38, what of it is built: gross charges less refunds, whatever the fees."""
    noon = datetime(2027, 1, 9, 17, tzinfo=UTC)
    account.control(now=noon.timestamp())
    paid = account.stripe.client.v1.payment_intents
    for _number in range(101):
        paid.create(
            {"amount": 1_000, "currency": "cad", "confirm": True, "payment_method": "pm_card_visa"},
            {"idempotency_key": uuid4().hex},
        )
    account.control(now=(noon + timedelta(days=1)).timestamp())
    paid.create({"amount": 7, "currency": "cad", "confirm": True}, {"idempotency_key": uuid4().hex})
    found = list(account.stripe.movements(noon, noon + timedelta(hours=1)))
    assert len(found) == 101 and sum(one.cents for one in found) == 101_000
    assert {one.what for one in found} == {"charge"} and all(one.payment_id for one in found)


def test_nothing_listening_is_surely_nothing_taken() -> None:
    nobody = Stripe("http://127.0.0.1:9", "sk_test_standin", connect_seconds=0.5, answer_seconds=0.5)
    with pytest.raises(TransientError):
        nobody.create_session(attempt())


def test_a_provider_that_is_down_is_asked_again_later(account: Account) -> None:
    one = account.paid(attempt())
    account.control(down=True)
    with pytest.raises(TransientError):
        account.stripe.look(one)
    with pytest.raises(DeliveryUncertain):
        account.stripe.refund(refund(one, 100))


def test_a_wrong_key_of_the_account_refuses_no_payment_for_good(account: Account) -> None:
    with pytest.raises(TransientError):
        replace(account.stripe, key="nobody").create_session(attempt())


def test_an_event_says_which_attempt_or_refund_it_is_about(account: Account) -> None:
    one = account.paid(attempt())
    back = refund(one, 100)
    account.stripe.refund(back)
    abouts = {event["type"]: account.stripe.about(event["type"], event) for event in account.state["event"]}
    assert abouts["checkout.session.completed"] == abouts["charge.succeeded"] == (one.key, "")
    assert abouts["refund.created"] == ("", back.key)
    assert abouts["charge.refunded"] is None
    assert account.stripe.about("customer.created", {"data": {"object": {"metadata": None}}}) is None


@pytest.mark.parametrize("base", [REAL and "https://api.stripe.com"])
def test_the_same_contract_holds_at_stripe(account: Account, base: str) -> None:
    """With STRIPE_TEST_KEY: pages made, ended and looked at, payments and refunds made by the API alone."""
    there = Stripe(base, REAL) if base else account.stripe
    one = attempt()
    first = there.create_session(one)
    assert there.create_session(one).session_id == first.session_id
    one.session_id = first.session_id
    assert there.look(one).stage == Stage.SENT
    there.expire_session(one.session_id)
    there.expire_session(one.session_id)
    assert there.look(one).stage == Stage.EXPIRED
    fields: Any = {
        "amount": 1_000,
        "currency": "cad",
        "confirm": True,
        "payment_method": "pm_card_visa",
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    }
    one.payment_id = there.client.v1.payment_intents.create(fields, {"idempotency_key": uuid4().hex}).id
    back = refund(one, 400)
    assert there.look_refund(back) is None
    made = there.refund(back)
    assert made.state == RefundState.DONE and there.look_refund(back) == made
    with pytest.raises(PermanentError):
        there.refund(refund(one, 601))


def test_a_card_may_be_paid_refused_and_confirmed_on_the_page(account: Account) -> None:
    one = attempt()
    page = account.stripe.create_session(one).url
    assert "refusée" in requests.post(page, {"card": "4000 0000 0000 0002"}, timeout=5).text
    asked = requests.post(page, {"card": "4000002500003155"}, timeout=5)
    assert "confirmer" in asked.text
    refused = requests.post(page, {"card": "4000002500003155", "confirm": "no"}, timeout=5)
    assert "refusée" in refused.text
    done = requests.post(page, {"card": "4000002500003155", "confirm": "yes"}, timeout=5, allow_redirects=False)
    assert done.status_code == 303 and done.headers["Location"].endswith(f"/paiement/{one.secret}/?etape=retour")
    assert requests.get(page, timeout=5).text.count("n’est plus valide") == 1


def test_the_stand_in_says_what_it_can_play_and_runs_as_a_command() -> None:
    parvis = [sys.executable, "-m", "parvis.cli.main", "standin", "payments"]
    told = subprocess.run([*parvis, "--help"], capture_output=True, check=True)
    for word in ("delay", "duplicate", "reorder", "drop", "fail_after_charging", "rotate_secret", "future_signature"):
        assert word in told.stdout.decode()
    command = [*parvis, "--port", "18997", "--hook", ""]
    with subprocess.Popen([*command, "--faults", '{"duplicate": true}'], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout and "http://127.0.0.1:18997" in process.stdout.readline()
            with urllib.request.urlopen("http://127.0.0.1:18997/control", timeout=5) as answer:
                assert json.load(answer)["controls"]["duplicate"] == 2
        finally:
            process.terminate()


def test_the_library_is_the_one_that_the_contract_was_read_from() -> None:
    assert stripe.VERSION.split(".")[0] == "16"
