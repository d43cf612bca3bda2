"""Texts are handed over once, whatever the provider does, and their states never go back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django_q.models import OrmQ
from pytest_django import Settings

from parvis.apps.outbox.models import PERHAPS_LEFT
from parvis.apps.telephony import tasks
from parvis.apps.telephony.models import NumberRefusal, OutgoingText
from parvis.apps.telephony.queries.texts import refusing
from parvis.apps.telephony.rules.keywords import START, STOP
from parvis.apps.telephony.services.texts.incoming import record_opt_out
from parvis.apps.telephony.services.texts.outgoing import cancel_text, erase_text, queue_text, send_due
from parvis.lib import clock
from parvis.lib import twilio as channel
from parvis.lib.errors import Invalid
from tests.factories import unique
from tests.telephony.twilio import NUMBER, Twilio
from tests.telephony.voice_provider import Webhook

pytestmark = pytest.mark.django_db
ANNE = "+14505550123"
State, Result = OutgoingText.State, OutgoingText.Result


def queued(**values: Any) -> OutgoingText:
    return queue_text(**{"key": unique(), "to": ANNE, "body": "Bonjour, voici le lien."} | values)


def fresh(text: OutgoingText) -> OutgoingText:
    return OutgoingText.objects.get(pk=text.pk)


def stands(text: OutgoingText) -> str:
    """Its state, or what the provider or its number made of it."""
    return fresh(text).result or fresh(text).state


def after(minutes: float, settings: Settings) -> None:
    """Moves the clock on."""
    settings.PARVIS_NOW = (clock.now() + timedelta(minutes=minutes)).isoformat()


def test_a_text_is_handed_over_once(twilio: Twilio, run_jobs: Callable[[], int]) -> None:
    text = queued(key="once")
    assert queue_text(key="once", to=ANNE, body="Autre chose").pk == text.pk
    run_jobs()
    tasks.send_text(text.pk)
    [message] = twilio.messages
    assert (message["to"], message["from"], message["body"]) == (ANNE, NUMBER, "Bonjour, voici le lien.")
    text = fresh(text)
    assert (text.state, text.provider_id, text.claimed_until) == (State.SENT, message["sid"], None)


@pytest.mark.parametrize("fault", ["503"])
def test_a_server_error_is_looked_into_before_sending_again(
    fault: str, twilio: Twilio, run_jobs: Callable[[], int], settings: Settings
) -> None:
    twilio.then = [fault]
    text = queued()
    run_jobs()
    assert (fresh(text).state, twilio.messages) == (State.UNCERTAIN, [])
    send_due()
    assert run_jobs() == 0, "too early to know"
    after(2, settings)
    send_due()
    run_jobs()
    assert (fresh(text).state, len(twilio.messages), twilio.posts) == (State.SENT, 1, 2)


@pytest.mark.parametrize("fault", ["500", "cut", "hang"])
def test_a_text_taken_without_a_word_is_not_sent_twice(
    fault: str, twilio: Twilio, run_jobs: Callable[[], int], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "ANSWER_SECONDS", 0.5)
    twilio.then, twilio.hang_seconds = [fault], 2.0
    text = queued()
    run_jobs()
    assert fresh(text).state == State.UNCERTAIN and fresh(text).error
    after(2, settings)
    send_due()
    run_jobs()
    assert (fresh(text).state, twilio.posts) == (State.SENT, 1)
    assert fresh(text).provider_id == twilio.messages[0]["sid"]


def test_while_the_provider_does_not_say_nothing_is_sent_again(
    twilio: Twilio, run_jobs: Callable[[], int], settings: Settings
) -> None:
    twilio.then, twilio.lists = ["500"], False
    text = queued()
    run_jobs()
    after(2, settings)
    send_due()
    assert send_due() == 0, "asked for once a minute"
    run_jobs()
    assert (fresh(text).state, twilio.posts) == (State.UNCERTAIN, 1)
    after(300, settings)
    send_due()
    run_jobs()
    assert (fresh(text).state, fresh(text).error, twilio.posts) == (State.FAILED, PERHAPS_LEFT, 1)


def test_nobody_is_asked_about_a_text_that_was_erased(
    twilio: Twilio, run_jobs: Callable[[], int], settings: Settings
) -> None:
    twilio.then, twilio.lists = ["500"], False
    text = queued()
    run_jobs()
    erase_text(key=text.key)
    after(2, settings)
    send_due()
    run_jobs()
    assert (fresh(text).state, twilio.posts) == (State.EXPIRED, 1), "the provider would not have said"


def test_the_status_of_a_doubtful_text_settles_it(
    twilio: Twilio, run_jobs: Callable[[], int], call: Callable[[Webhook], int], settings: Settings
) -> None:
    twilio.then = ["500"]
    text = queued()
    run_jobs()
    assert call(twilio.status(twilio.messages[0], "delivered")) == 204
    after(2, settings)
    send_due()
    run_jobs()
    assert (stands(text), fresh(text).provider_id, twilio.posts) == (
        Result.DELIVERED,
        twilio.messages[0]["sid"],
        1,
    )


def test_the_same_words_sent_twice_on_purpose_are_two_messages(
    twilio: Twilio, run_jobs: Callable[[], int], settings: Settings
) -> None:
    first = queued()
    run_jobs()
    twilio.then = ["503"]
    second = queued()
    run_jobs()
    after(2, settings)
    send_due()
    run_jobs()
    assert fresh(first).provider_id != fresh(second).provider_id
    assert len(twilio.messages) == 2


def test_too_many_requests_are_tried_again_a_minute_later(
    twilio: Twilio, run_jobs: Callable[[], int], settings: Settings
) -> None:
    twilio.then = ["429"]
    text = queued()
    run_jobs()
    send_due()
    assert run_jobs() == 0, "too early"
    after(1, settings)
    send_due()
    run_jobs()
    assert (fresh(text).state, len(twilio.messages)) == (State.SENT, 1)


def test_a_server_that_is_not_there_is_tried_again(settings: Settings, run_jobs: Callable[[], int]) -> None:
    settings.PARVIS_TEXTS = {"base": "http://127.0.0.1:9", "account": "AC1", "token": "x", "sender": NUMBER}
    text = queued()
    run_jobs()
    assert (fresh(text).state, fresh(text).claimed_until) == (State.QUEUED, None)


def test_a_text_that_no_job_tries_any_more_is_asked_for_again(
    twilio: Twilio, run_jobs: Callable[[], int], settings: Settings
) -> None:
    text = queued()
    OrmQ.objects.all().delete()
    after(5, settings)
    assert send_due() == 0
    after(6, settings)
    assert [send_due(), send_due()] == [1, 0]
    run_jobs()
    assert fresh(text).state == State.SENT


def test_a_number_that_cannot_receive_is_said(twilio: Twilio, run_jobs: Callable[[], int]) -> None:
    twilio.then = ["21614"]
    text = queued()
    run_jobs()
    assert fresh(text).state == State.FAILED and "21614" in fresh(text).error


def test_a_refusal_known_to_the_provider_alone_is_learned(twilio: Twilio, run_jobs: Callable[[], int]) -> None:
    twilio.then = ["21610"]
    text = queued()
    run_jobs()
    assert stands(text) == Result.REFUSED
    with pytest.raises(Invalid) as refusal:
        queued()
    assert refusal.value.fields.keys() == {"phone"}


def test_a_number_that_refuses_meanwhile_gets_nothing(twilio: Twilio, run_jobs: Callable[[], int]) -> None:
    text = queued()
    record_opt_out(ANNE, STOP)
    record_opt_out(ANNE, STOP)
    run_jobs()
    assert (stands(text), twilio.posts) == (Result.REFUSED, 0)
    assert ANNE not in str(list(NumberRefusal.objects.values())), "only its digest is kept"
    record_opt_out(ANNE, START)
    assert refusing([ANNE]) == set()


def test_a_text_leaves_after_its_wait_and_may_be_cancelled_before(
    twilio: Twilio, run_jobs: Callable[[], int], settings: Settings
) -> None:
    kept, cancelled = (queued(wait=timedelta(seconds=10)) for _ in range(2))
    assert cancel_text(key=cancelled.key)
    send_due()
    run_jobs()
    assert twilio.posts == 0
    after(1, settings)
    send_due()
    run_jobs()
    assert [fresh(text).state for text in (kept, cancelled)] == [State.SENT, State.CANCELLED]
    assert not cancel_text(key=kept.key)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (("sent", "delivered"), Result.DELIVERED),
        (("delivered", "sent"), Result.DELIVERED),
        (("delivered", "sent", "queued", "delivered"), Result.DELIVERED),
        (("sent", "undelivered", "sent"), State.FAILED),
        (("nothing known",), State.SENT),
    ],
)
def test_statuses_in_any_order_never_go_back(
    told: tuple[str, ...],
    state: str,
    twilio: Twilio,
    run_jobs: Callable[[], int],
    call: Callable[[Webhook], int],
) -> None:
    text = queued()
    run_jobs()
    for status in told:
        assert (
            call(twilio.status(twilio.messages[0], status, ErrorCode="30005" if status == "undelivered" else "")) == 204
        )
    assert stands(text) == state
    assert ("30005" in fresh(text).error) == (state == State.FAILED)


def test_too_long_or_empty_is_refused(twilio: Twilio) -> None:
    for body in ("", "  ", "x" * 481):
        with pytest.raises(Invalid) as refusal:
            queued(body=body)
        assert refusal.value.fields.keys() == {"words"}
    assert queued(body="x" * 480).pk
