"""What Stripe tells: signed, bounded in time on both sides, stored once, and handled in any order."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.core import mail
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from parvis.apps.billing import tasks
from parvis.apps.billing.models import LedgerAccount, Leg, Payment, PaymentAttempt, ProviderEvent, Refund
from parvis.apps.billing.queries.balances import balance_of, paid_of
from parvis.apps.billing.queries.events import warnings
from parvis.apps.billing.queries.reconciling import reconcile_day
from parvis.apps.billing.services.payments import record_paid, store_event
from parvis.apps.billing.services.refunds import refund_invoice
from parvis.lib.clock import now, today
from parvis.lib.transport import PermanentError, TransientError
from parvis.operations.fake_services.payments import SECRET, PaymentProvider
from parvis.operations.fake_services.payments_controls import Controls
from parvis.operations.fake_services.payments_http import running
from parvis.operations.fake_services.payments_webhooks import Webhooks
from tests.billing.bank import Bank
from tests.billing.conftest import Sell, begin
from tests.billing.standin import PATH, at_standin
from tests.factories import SmallTown

BODY = json.dumps({"id": "evt_1", "object": "event", "type": "customer.created", "data": {"object": {}}}).encode()


def signature(body: bytes = BODY, *secrets: str, **controls: bool) -> str:
    """The header of a body, as the stand-in signs it."""
    return Webhooks("", list(secrets) or [SECRET], Controls(**controls)).header(body)  # type: ignore[arg-type]


def post(header: str, body: bytes = BODY) -> int:
    """The status of the answer."""
    client = Client(enforce_csrf_checks=True)
    return client.post(PATH, body, content_type="application/json", headers={"Stripe-Signature": header}).status_code


@pytest.mark.django_db
def test_a_signed_event_is_stored_once_however_often_it_comes() -> None:
    """Point 29."""
    assert [post(signature()) for _time in range(3)] == [200, 200, 200]
    assert ProviderEvent.objects.get().event_id == "evt_1"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=12,v1=abc",
        "nothing",
        "t=99999999999999999999,v1=00",
        lambda: signature(bad_signature=True),
        lambda: signature(old_signature=True),
        lambda: signature(future_signature=True),
        lambda: signature(BODY + b" "),
    ],
)
def test_a_bad_a_late_and_a_future_signature_are_refused_and_nothing_is_stored(
    header: str | Callable[[], str],
) -> None:
    """Point 31."""
    assert post(header() if callable(header) else header) == 400
    assert not ProviderEvent.objects.exists()


@pytest.mark.django_db
def test_both_secrets_hold_while_one_replaces_the_other(settings: Settings) -> None:
    """Rotation: the old one alone, the new one alone, and both in one header."""
    settings.PARVIS_STRIPE = settings.PARVIS_STRIPE | {"secrets": ["whsec_old", "whsec_new"]}
    for number, secrets in enumerate((["whsec_old"], ["whsec_new"], ["whsec_other", "whsec_new"])):
        body = BODY.replace(b"evt_1", b"evt_%d" % number)
        assert post(signature(body, *secrets), body) == 200
    assert post(signature(BODY, "whsec_other")) == 400
    assert ProviderEvent.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'"a"', b'{"id": 3}', b"\xff\xfe", b"{" * 5000])
def test_what_is_signed_and_is_no_event_is_refused_in_words(body: bytes) -> None:
    header = signature(body)
    assert post(header, body) == 400
    assert not ProviderEvent.objects.exists()


@pytest.mark.django_db
def test_too_large_an_event_is_not_read() -> None:
    body = json.dumps({"id": "evt_1", "type": "x", "more": "é" * 300_000}).encode()
    assert post(signature(body), body) == 413


@pytest.mark.django_db
def test_who_signs_badly_again_and_again_is_no_longer_heard_and_the_provider_still_is() -> None:
    assert {post("t=12,v1=abc") for _time in range(60)} == {400}
    assert post("t=12,v1=abc") == 429
    assert post(signature()) == 200


@pytest.mark.django_db
def test_without_a_provider_nobody_is_there(settings: Settings) -> None:
    settings.PARVIS_PAYMENTS = ""
    assert post(signature()) == 404
    assert Client().get(PATH).status_code == 405


# --- With the stand-in, which tells what it did -------------------------------------------------------------------


@pytest.fixture
def standin(settings: Settings, live_server: LiveServer) -> Iterator[PaymentProvider]:
    """The provider of the settings, whose webhooks come to this site."""
    with at_standin(settings, live_server.url) as provider:
        yield provider


def paid(attempt: PaymentAttempt, provider: PaymentProvider, card: str = "4242") -> None:
    """Someone pays on the page of an attempt; every webhook was answered when this returns."""
    attempt.refresh_from_db()
    provider.controls.webhook_before_redirect = True
    provider.pay_by_control(attempt.session_id, card)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", [{}, {"duplicate": 3, "reorder": True}])
def test_told_thrice_and_in_reverse_it_is_paid_once_with_one_letter(
    standin: PaymentProvider, sell: Sell, run_jobs: Callable[[], int], fault: dict[str, object]
) -> None:
    """Point 29."""
    invoice = sell(10_000, taxable=True)
    attempt = begin(invoice)
    run_jobs()
    standin.control(fault)
    paid(attempt, standin)
    run_jobs()
    payment = Payment.objects.get()
    assert (payment.cents, payment.details, balance_of(invoice)) == (11_498, "Visa 4242", 0)
    assert sum(Leg.objects.filter(account=LedgerAccount.PROVIDER).values_list("cents", flat=True)) == 11_498
    assert len({letter.subject for letter in mail.outbox}) == len(mail.outbox)
    assert not ProviderEvent.objects.filter(handled_at=None).exists()
    assert ProviderEvent.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_webhook_that_never_comes_is_made_up_for_by_asking(
    standin: PaymentProvider, sell: Sell, run_jobs: Callable[[], int], pass_time: Callable[..., None]
) -> None:
    """Point 32: within five minutes."""
    invoice = sell(10_000)
    attempt = begin(invoice)
    run_jobs()
    standin.control({"drop": True})
    paid(attempt, standin)
    assert not ProviderEvent.objects.exists()
    pass_time(2, 2)
    assert balance_of(invoice) == 0


@pytest.mark.django_db(transaction=True)
def test_a_page_whose_making_was_answered_500_is_made_and_paid(
    standin: PaymentProvider, sell: Sell, run_jobs: Callable[[], int], pass_time: Callable[..., None]
) -> None:
    invoice = sell(10_000)
    standin.control({"fail_after_charging": "500"})
    attempt = begin(invoice)
    run_jobs()
    standin.control({"fail_after_charging": ""})
    pass_time(2)
    paid(attempt, standin)
    run_jobs()
    assert balance_of(invoice) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", [{"fail_after_charging": "500"}, {"fail": "500"}, {"down": True}])
def test_a_refund_asked_for_while_the_provider_is_ill_is_made_once(
    standin: PaymentProvider,
    sell: Sell,
    run_jobs: Callable[[], int],
    pass_time: Callable[..., None],
    fault: dict[str, object],
) -> None:
    """Point 28: never more than what was paid."""
    invoice = sell(10_000)
    attempt = begin(invoice)
    run_jobs()
    paid(attempt, standin)
    run_jobs()
    standin.control(fault)
    refund_invoice(key="a", invoice=invoice, cents=4_000, why="malade")
    run_jobs()
    standin.control(dict.fromkeys(fault, False))
    pass_time(2, 2, 5)
    assert [one["amount"] for one in standin.state()["refund"]] == [4_000]
    assert Refund.objects.get().done_at and paid_of(invoice) == 6_000


@pytest.mark.django_db(transaction=True)
def test_a_payment_recorded_twice_at_the_same_moment_is_one(standin: PaymentProvider, sell: Sell) -> None:
    """Points 29 and 30: the page and the webhook tell it together."""
    invoice = sell(10_000)
    attempt = begin(invoice)
    first = record_paid(attempt=attempt, payment_id="pi_1", cents=10_000)
    assert record_paid(attempt=attempt, payment_id="pi_1", cents=10_000) == first


def test_webhooks_are_sent_again_until_they_are_taken() -> None:
    """The stand-in insists, as Stripe does."""
    with running(PaymentProvider(hook="")) as down, running(PaymentProvider()) as provider:
        down.control({"down": True})
        provider.control({"hook": f"http://127.0.0.1:{down.port}/v1/events"})
        provider.webhooks.send([{"id": "evt_1", "type": "x"}], wait=True)
        assert [one["outcome"] for one in provider.webhooks.deliveries] == [503]
        deadline = time.monotonic() + 3
        while len(provider.webhooks.deliveries) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(provider.webhooks.deliveries) == 2
        assert requests.get(f"http://127.0.0.1:{provider.port}/", timeout=5).ok


# --- Signed, and malformed -----------------------------------------------------------------------------------------

MALFORMED: dict[str, dict[str, Any]] = {
    "data is missing": {},
    "data is null": {"data": None},
    "data is a text": {"data": "charge"},
    "data is a list": {"data": []},
    "its object is missing": {"data": {}},
    "its object is a list": {"data": {"object": ["in_1"]}},
    "its metadata are a text": {"data": {"object": {"metadata": "a1"}}},
    "the key of an attempt is a number": {"data": {"object": {"metadata": {"attempt": 12}}}},
    "the key of a refund is an object": {"data": {"object": {"metadata": {"refund": {}}}}},
}
KINDS = ("checkout.session.completed", "payment_intent.payment_failed", "charge.succeeded", "refund.updated")


def tell(what: dict[str, Any], kind: str = KINDS[0], event_id: str = "evt_1") -> ProviderEvent:
    """Posts a signed event."""
    body = json.dumps({"id": event_id, "type": kind, **what}).encode()
    assert post(signature(body), body) == 200
    return ProviderEvent.objects.get(event_id=event_id)


def follow_minutes(minutes: int, run_jobs: Callable[[], int], settings: Settings) -> int:
    """How many events are tried in so many minutes, one run of the schedule each minute."""
    tried = 0
    for _minute in range(minutes):
        settings.PARVIS_NOW = (now() + timedelta(minutes=1)).isoformat()
        before = sum(ProviderEvent.objects.values_list("tries", flat=True))
        tasks.follow()
        run_jobs()
        tried += sum(ProviderEvent.objects.values_list("tries", flat=True)) - before
    return tried


@pytest.mark.django_db
@pytest.mark.both_databases
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("wrong", MALFORMED)
def test_a_malformed_event_is_tried_three_times_then_set_aside_with_its_body(
    wrong: str, kind: str, run_jobs: Callable[[], int], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    event = tell(MALFORMED[wrong], kind)
    run_jobs()
    assert follow_minutes(20, run_jobs, settings) == 2, "then no more, and not each minute meanwhile"
    event.refresh_from_db()
    assert event.tries == 3 and event.set_aside_at and event.handled_at is None and event.error
    assert event.body == {"id": "evt_1", "type": kind, **MALFORMED[wrong]}
    assert not any(record.exc_info for record in caplog.records), "no traceback"
    assert sum("is set aside" in record.getMessage() for record in caplog.records) == 1
    assert follow_minutes(30, run_jobs, settings) == 0


@pytest.mark.django_db
def test_an_event_that_the_provider_refuses_or_that_fails_as_nobody_foresaw_is_set_aside_too(
    bank: Bank, sell: Sell, run_jobs: Callable[[], int], settings: Settings
) -> None:
    attempt = begin(sell(5_000))
    run_jobs()
    for number, failure in enumerate((PermanentError("no such object"), KeyError("amount"))):
        bank.failure = failure
        store_event(provider="bank", event_id=f"evt_{number}", kind="paid", body={"attempt": attempt.key})
        told = ProviderEvent.objects.get(event_id=f"evt_{number}")
        for _time in range(4):
            tasks.handle_event(told.pk)
            settings.PARVIS_NOW = (now() + timedelta(minutes=10)).isoformat()
        told.refresh_from_db()
        assert told.tries == 3 and told.set_aside_at and (str(failure) in told.error or "KeyError" in told.error)


@pytest.mark.django_db
def test_an_event_waits_for_a_provider_that_is_down_without_being_set_aside(
    bank: Bank, sell: Sell, run_jobs: Callable[[], int], settings: Settings
) -> None:
    attempt = begin(sell(5_000))
    run_jobs()
    store_event(provider="bank", event_id="evt_1", kind="paid", body={"attempt": attempt.key})
    told = ProviderEvent.objects.get()
    bank.failure = TransientError("down")
    assert follow_minutes(20, run_jobs, settings) == 0
    bank.failure = None
    follow_minutes(1, run_jobs, settings)
    told.refresh_from_db()
    assert told.handled_at and not told.set_aside_at


@pytest.mark.django_db
@pytest.mark.parametrize(
    "deep", [b"[" * 10_000, b'{"id":"e","type":"t","data":' + b"[" * 10_000 + b"]" * 10_000 + b"}"]
)
def test_what_is_nested_ten_thousand_deep_is_refused_calmly(deep: bytes) -> None:
    assert post(signature(deep), deep) == 400
    assert not ProviderEvent.objects.exists()


@pytest.mark.django_db
def test_staff_are_told_and_have_it_tried_again_or_close_it(
    town: SmallTown, run_jobs: Callable[[], int], settings: Settings
) -> None:
    assert warnings() == []
    for event_id in ("evt_1", "evt_2"):
        tell({"data": "perdu"}, event_id=event_id)
    run_jobs()
    follow_minutes(20, run_jobs, settings)
    assert "2 messages of the payment provider" in str(Client().get("/readyz").json()["warnings"])
    assert [odd.reference for odd in reconcile_day(today()).odd] == ["evt_1", "evt_2"]
    client = Client()
    client.force_login(town.treasurer)
    page = client.get("/desk/tresorerie/").text
    assert "Messages du fournisseur mis de côté" in page and "data is not an object" in page
    assert "&quot;data&quot;: &quot;perdu&quot;" in page
    first, second = ProviderEvent.objects.order_by("pk")
    client.post(f"/desk/tresorerie/messages/{first.pk}/", {"do": "close"})
    client.post(f"/desk/tresorerie/messages/{second.pk}/", {"do": "again"})
    run_jobs()
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.handled_at and first.closed_by == town.treasurer and first.error
    assert second.set_aside_at and second.tries == 3, "it fails again, and is set aside at once"
    ProviderEvent.objects.filter(pk=second.pk).update(body={"id": "evt_2", "data": {"object": {}}})  # mended
    client.post(f"/desk/tresorerie/messages/{second.pk}/", {"do": "again"})
    run_jobs()
    second.refresh_from_db()
    assert second.handled_at and not second.set_aside_at and warnings() == []
    assert client.post(f"/desk/tresorerie/messages/{second.pk}/", {"do": "again"}).status_code == 302
    client.force_login(town.agent)
    assert client.post(f"/desk/tresorerie/messages/{second.pk}/", {"do": "again"}).status_code == 403
