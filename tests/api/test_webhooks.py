"""Webhooks over the wire: signed, tried again, turned off, sent again, logged, never to a private address."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.models.publishing import Publication
from parvis.apps.cases.queries.request_place import Place
from parvis.apps.cases.services.citizen.corrections import Correction, correct
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.handling import answer, note, take
from parvis.apps.directory.models import AccessLogEntry, Actor, ApiKey
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.directory.services.keys import revoke_key
from parvis.apps.idempotency.models import IdempotencyKey
from parvis.apps.integrations import tasks
from parvis.apps.integrations.models import Webhook, WebhookDelivery
from parvis.apps.integrations.rules.retrying import DELAYS, GIVEN_UP_AFTER
from parvis.apps.integrations.services import delivering
from parvis.apps.integrations.services.delivering import WEBHOOKS
from parvis.apps.outbox.services import begin
from parvis.apps.residents.models import Person
from parvis.lib import clock
from parvis.lib.outbound import call
from tests.api.calls import Program
from tests.api.conftest import MOMENT
from tests.api.receiver import Receiver, receiving
from tests.factories import SmallTown

Make = Callable[..., Program]
Jobs = Callable[[], int]
SECRET = "secret-planté-9q"
BODY: dict[str, Any] = {"subject": "nid-de-poule", "words": SECRET, "place": "12 rue du Quai"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def caller(program: Make) -> Program:
    return program(Scope.CASES_WRITE, Scope.WEBHOOKS_MANAGE)


def hook(caller: Program, receiver: Receiver, *events: str) -> dict[str, Any]:
    made = caller.post("/webhooks", {"url": receiver.url, "events": list(events or ["case.opened", "case.answered"])})
    assert made.status == 201, made.value
    return dict(made.value)


def carry(run_jobs: Jobs) -> None:
    tasks.deliver_due()
    run_jobs()


def later(settings: Settings, delta: timedelta) -> None:
    settings.PARVIS_NOW = (datetime.fromisoformat(settings.PARVIS_NOW) + delta).isoformat()


def log(caller: Program, made: dict[str, Any], **filters: Any) -> list[dict[str, Any]]:
    return list(caller.get(f"/webhooks/{made['id']}/deliveries", **filters).value["items"])


def test_what_happens_is_told_signed_and_once(caller: Program, receiver: Receiver, run_jobs: Jobs) -> None:
    caller.post("/cases", BODY)
    made = hook(caller, receiver)
    carry(run_jobs)
    assert not receiver.calls, "what happened before is not told"
    reference = caller.post("/cases", BODY).value["reference"]
    for _time in range(3):
        carry(run_jobs)
    [(headers, body)] = receiver.calls
    assert receiver.verify(made["secret"]) and SECRET not in body.decode()
    [message] = receiver.kept.values()
    assert message["type"] == "case.opened" and message["data"]["case"]["reference"] == reference
    assert message["data"]["entry"]["words"] is None
    [delivery] = log(caller, made)
    assert (delivery["id"], delivery["state"]) == (headers["webhook-id"], "delivered")
    assert [attempt["status"] for attempt in delivery["attempts"]] == [204]
    assert "secret" not in caller.get("/webhooks").value["items"][0]


def test_only_the_events_asked_for_and_nothing_internal(
    caller: Program, receiver: Receiver, run_jobs: Jobs, placed: SmallTown
) -> None:
    hook(caller, receiver, "case.answered")
    caller.post("/cases", BODY)
    case = Case.objects.get()
    take(case_id=case.pk, by=placed.technician)
    note(case_id=case.pk, words=SECRET, by=placed.technician)
    answer(case_id=case.pk, words=SECRET, by=placed.technician)
    carry(run_jobs)
    assert [message["type"] for message in receiver.kept.values()] == ["case.answered"]
    assert SECRET not in str(receiver.kept)


def test_a_correction_of_the_citizen_is_a_change(
    caller: Program, receiver: Receiver, run_jobs: Jobs, placed: SmallTown
) -> None:
    hook(caller, receiver, "case.changed")
    caller.post("/cases", BODY)
    correction = Correction(words=f"Plutôt {SECRET}", place=Place(address=placed.address), details={})
    correct(case_id=Case.objects.get().pk, correction=correction, by=Actor.citizen())
    carry(run_jobs)
    [message] = receiver.kept.values()
    assert (message["type"], message["data"]["entry"]["kind"]) == ("case.changed", "corrected")
    assert SECRET not in str(message)


def test_a_key_that_may_see_persons_is_told_of_them_until_they_are_erased(
    program: Make, receiver: Receiver, run_jobs: Jobs, placed: SmallTown
) -> None:
    caller = program(*Scope)
    made = hook(caller, receiver)
    caller.post("/cases", BODY | {"person": {"name": "Jeanne"}})
    carry(run_jobs)
    [message] = receiver.kept.values()
    assert message["data"]["entry"]["words"] == SECRET and message["data"]["person"]["person"]["name"] == "Jeanne"
    read = AccessLogEntry.objects.get()
    assert (read.subject, read.subject_id) == ("case", Case.objects.get().pk) and "Application" in read.reason
    assert SECRET not in str(WebhookDelivery.objects.values())
    erase_words(case_id=Case.objects.get().pk, seq=1, ground="retention", by=placed.privacy_officer)
    receiver.kept.clear()
    assert caller.post(f"/webhooks/{made['id']}/deliveries/{log(caller, made)[0]['id']}/replay").status == 202
    carry(run_jobs)
    assert receiver.kept and SECRET not in str(receiver.kept)


@pytest.mark.parametrize("since_then", ["protected", "hidden"])
def test_what_is_protected_or_hidden_since_is_not_told_again(
    program: Make, receiver: Receiver, run_jobs: Jobs, placed: SmallTown, since_then: str
) -> None:
    caller = program(*Scope)
    made = hook(caller, receiver)
    caller.post("/cases", BODY | {"person": {"name": "Jeanne"}})
    carry(run_jobs)
    [message] = receiver.kept.values()
    street = placed.address.street.name
    assert message["data"]["case"]["place"] == street and message["data"]["case"]["point"]
    assert street not in str(WebhookDelivery.objects.values())
    if since_then == "protected":
        Person.objects.update(address_protected=True)
    else:
        case, moment = Case.objects.get(), clock.now()
        Publication.objects.create(case=case, words_fr=SECRET, landmark=street, hidden_at=moment, changed_at=moment)
    receiver.kept.clear()
    caller.post(f"/webhooks/{made['id']}/deliveries/{log(caller, made)[0]['id']}/replay")
    carry(run_jobs)
    [(identifier, message)] = receiver.kept.items()
    assert receiver.verify(made["secret"]) and identifier == receiver.calls[0][0]["webhook-id"]
    told = message["data"]["case"]
    assert (told["place"], told["point"], told["public_words"]) == ("", None, "") and street not in str(told)


@pytest.mark.parametrize("fault", ["fail", "accept-then-fail", "redirect", "garbage", "hang"])
def test_what_fails_is_tried_again_with_the_same_identifier(
    caller: Program, receiver: Receiver, run_jobs: Jobs, settings: Settings, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "SECONDS", 0.2 if fault == "hang" else 5.0)
    made = hook(caller, receiver)
    caller.post("/cases", BODY)
    receiver.behaviour = fault
    carry(run_jobs)
    carry(run_jobs)
    assert len(receiver.calls) == 1, "not before its time"
    [delivery] = log(caller, made)
    assert delivery["state"] == "pending" and delivery["attempts"][0]["error"] and delivery["next_at"]
    receiver.behaviour = "accept"
    monkeypatch.setattr(delivering, "SECONDS", 5.0)
    later(settings, timedelta(minutes=1))
    carry(run_jobs)
    assert {headers["webhook-id"] for headers, _body in receiver.calls} == {delivery["id"]}
    assert len(receiver.calls) == 2 and len(receiver.kept) == 1
    assert log(caller, made, state="delivered")[0]["id"] == delivery["id"]
    assert caller.get("/webhooks").value["items"][0]["failing_since"] is None


def test_a_worker_that_dies_leaves_what_is_sent_again_with_the_same_identifier(
    caller: Program, receiver: Receiver, run_jobs: Jobs, settings: Settings
) -> None:
    made = hook(caller, receiver)
    caller.post("/cases", BODY)
    tasks.deliver_due()
    assert begin(WEBHOOKS, WebhookDelivery.objects.get()), "then the worker dies, with or without having sent it"
    carry(run_jobs)
    [delivery] = log(caller, made)
    assert delivery["state"] == "pending" and delivery["next_at"] and not receiver.calls, "it may still be at it"
    later(settings, timedelta(minutes=6))
    carry(run_jobs)
    [(headers, _body)] = receiver.calls
    assert headers["webhook-id"] == delivery["id"] and log(caller, made)[0]["state"] == "delivered"


def test_one_that_fails_holds_the_worker_once_and_loses_nothing(
    caller: Program, receiver: Receiver, run_jobs: Jobs, settings: Settings
) -> None:
    hook(caller, receiver)
    for number in range(4):
        caller.post("/cases", BODY | {"words": str(number)})
    receiver.behaviour = "fail"
    carry(run_jobs)
    assert len(receiver.calls) == 1
    receiver.behaviour = "accept"
    later(settings, timedelta(hours=1))
    carry(run_jobs)
    assert len(receiver.kept) == 4


def test_after_days_of_failure_it_is_turned_off_and_managers_hear(
    caller: Program, receiver: Receiver, run_jobs: Jobs, settings: Settings
) -> None:
    settings.PARVIS_MAILBOX = False
    made = hook(caller, receiver)
    caller.post("/cases", BODY)
    receiver.behaviour = "fail"
    until = datetime.fromisoformat(MOMENT) + GIVEN_UP_AFTER + timedelta(days=2)
    while datetime.fromisoformat(settings.PARVIS_NOW) < until:
        carry(run_jobs)
        later(settings, timedelta(hours=7))
        if datetime.fromisoformat(settings.PARVIS_NOW) > datetime.fromisoformat(MOMENT) + timedelta(days=4):
            caller.post("/cases", BODY | {"words": settings.PARVIS_NOW})
    listed = caller.get("/webhooks").value["items"][0]
    assert not listed["active"] and listed["disabled_at"]
    assert any("Application" in message.subject and receiver.url in message.body for message in mail.outbox)
    states = {delivery["state"] for delivery in log(caller, made)}
    assert states == {"failed", "pending"}
    receiver.behaviour = "accept"
    assert caller.send("patch", f"/webhooks/{made['id']}", {"active": True}).value["active"]
    later(settings, timedelta(days=2))
    carry(run_jobs)
    assert not log(caller, made, state="pending") and log(caller, made, state="failed")
    assert len(DELAYS) == len(log(caller, made, state="failed")[0]["attempts"]) - 1


def test_gone_turns_it_off_at_once(caller: Program, receiver: Receiver, run_jobs: Jobs) -> None:
    hook(caller, receiver)
    receiver.behaviour = "gone"
    caller.post("/cases", BODY)
    carry(run_jobs)
    assert not caller.get("/webhooks").value["items"][0]["active"]


def test_everything_since_a_moment_is_sent_again(
    caller: Program, receiver: Receiver, run_jobs: Jobs, settings: Settings
) -> None:
    made = hook(caller, receiver)
    caller.post("/cases", BODY)
    carry(run_jobs)
    later(settings, timedelta(hours=2))
    caller.post("/cases", BODY)
    carry(run_jobs)
    since = (datetime.fromisoformat(MOMENT) + timedelta(hours=1)).isoformat()
    assert caller.post(f"/webhooks/{made['id']}/replay", {"since": since}).value == {"count": 1}
    carry(run_jobs)
    assert len(receiver.calls) == 3 and len(receiver.kept) == 2
    assert caller.post(f"/webhooks/{made['id']}/replay", {"since": MOMENT}).value == {"count": 2}


@pytest.mark.parametrize(
    "url",
    [
        *("http://10.0.0.8/", "https://192.168.1.1/", "https://[::1]/", "https://169.254.169.254/latest/"),
        *("ftp://example.org/", "https://user@93.184.216.34/", "https://93.184.216.34:8443/", "http://93.184.216.34/"),
        *("nothing", "https://", "https://unknown.invalid/", "https://exa mple.org/", "//93.184.216.34/"),
    ],
)
def test_a_private_or_unsafe_address_is_refused(caller: Program, settings: Settings, url: str) -> None:
    settings.PARVIS_WEBHOOK_TRUSTED_HOSTS = frozenset()
    refused = caller.post("/webhooks", {"url": url, "events": ["case.opened"]})
    assert refused.status == 422 and refused.value["errors"][0]["field"] == "url"


def test_an_address_that_became_private_is_not_called(
    caller: Program, receiver: Receiver, run_jobs: Jobs, settings: Settings
) -> None:
    made = hook(caller, receiver)
    caller.post("/cases", BODY)
    settings.PARVIS_WEBHOOK_TRUSTED_HOSTS = frozenset()
    carry(run_jobs)
    assert not receiver.calls and "usual ports" in log(caller, made)[0]["attempts"][0]["error"]


def test_a_webhook_lives_as_long_as_its_key(
    caller: Program, receiver: Receiver, run_jobs: Jobs, placed: SmallTown, program: Make
) -> None:
    made = hook(caller, receiver)
    assert program(Scope.WEBHOOKS_MANAGE).get(f"/webhooks/{made['id']}/deliveries").status == 404
    caller.post("/cases", BODY)
    tasks.deliver_due()
    revoke_key(key_id=ApiKey.objects.earliest("pk").pk, by=placed.administrator)
    run_jobs()
    carry(run_jobs)
    assert not receiver.calls
    assert list(WebhookDelivery.objects.values_list("state", "not_before")) == [("failed", None)], (
        "nothing waits for ever"
    )


def test_a_replay_asked_while_it_is_sent_is_done(
    caller: Program, receiver: Receiver, run_jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = hook(caller, receiver)
    caller.post("/cases", BODY)

    @contextmanager
    def meanwhile(*arguments: Any, **named: Any) -> Iterator[Any]:
        with call(*arguments, **named) as response:
            monkeypatch.setattr(delivering, "call", call)
            caller.post(f"/webhooks/{made['id']}/deliveries/{log(caller, made)[0]['id']}/replay")
            yield response

    monkeypatch.setattr(delivering, "call", meanwhile)
    carry(run_jobs)
    carry(run_jobs)
    [delivery] = log(caller, made)
    assert len(receiver.calls) == 2 and delivery["state"] == "delivered" and len(delivery["attempts"]) == 2


def test_removed_it_hears_no_more_and_its_log_stays(caller: Program, receiver: Receiver, run_jobs: Jobs) -> None:
    made = hook(caller, receiver)
    caller.post("/cases", BODY)
    tasks.deliver_due()
    assert caller.send("delete", f"/webhooks/{made['id']}").status == 204
    carry(run_jobs)
    assert WebhookDelivery.objects.get().state == "failed"
    assert not receiver.calls and caller.get("/webhooks").value["items"] == [] and Webhook.objects.count() == 1


def test_unknown_events_are_refused(caller: Program, receiver: Receiver) -> None:
    refused = caller.post("/webhooks", {"url": receiver.url, "events": ["case.opened", "all"]})
    assert refused.status == 422 and refused.value["errors"][0]["field"] == "events"


def test_the_log_and_the_answers_kept_are_forgotten_in_time(
    caller: Program, receiver: Receiver, run_jobs: Jobs, settings: Settings
) -> None:
    hook(caller, receiver)
    first = caller.post("/cases", BODY, Idempotency_Key="old")
    carry(run_jobs)
    later(settings, timedelta(days=29))
    carry(run_jobs)
    tasks.purge()
    assert WebhookDelivery.objects.count() == 1
    assert caller.post("/cases", BODY, Idempotency_Key="old").value == first.value
    later(settings, timedelta(days=62))
    tasks.purge()
    assert not WebhookDelivery.objects.exists() and IdempotencyKey.objects.get().body == {}
    assert caller.post("/cases", BODY, Idempotency_Key="old").status == 409
    other = caller.post("/cases", BODY | {"words": "Autre"}, Idempotency_Key="old")
    assert other.code == "idempotency-key-reused", "another content is not swallowed, whenever it comes"
    assert Case.objects.count() == 1
    carry(run_jobs)
    assert len(receiver.calls) == 1


@pytest.mark.parametrize(
    "name", ["2130706433", "127.1", "0x7f.0.0.1", "localhost", "printer", "nas.local", "db.internal"]
)
def test_a_name_that_is_never_public_is_refused_without_asking_for_it(
    name: str, caller: Program, settings: Settings
) -> None:
    settings.PARVIS_WEBHOOK_TRUSTED_HOSTS = frozenset()
    refused = caller.post("/webhooks", {"url": f"https://{name}/", "events": ["case.opened"]})
    assert refused.status == 422 and refused.value["errors"][0]["field"] == "url"
