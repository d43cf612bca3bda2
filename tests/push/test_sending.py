"""What leaves for the push services: what each is told, and what is done with its answer."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import Settings

from parvis.apps.directory.models import Town
from parvis.apps.outbox import services as outbox
from parvis.apps.push import tasks
from parvis.apps.push.channels import web_push
from parvis.apps.push.models import Device, OutgoingPush
from parvis.apps.push.queries.alerts import devices_told
from parvis.apps.push.rules.notes import LARGEST, Kind, PushNote, payload
from parvis.apps.push.services import devices, sending
from parvis.apps.push.services.outgoing import cancel_pushes, queue_push, queue_pushes, retry_failed
from parvis.apps.push.services.sending import contact as town_contact
from parvis.lib import clock
from parvis.lib.clock import at, now
from parvis.operations.fake_services.push import PushService
from tests.push.browser import Subscription

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]
NOTE = PushNote("26-0001-A", "Une équipe passe demain.", "/suivi/abc/", "case", "case-1")
State = OutgoingPush.State


@pytest.fixture
def subscribe() -> Callable[..., tuple[Device, Subscription]]:
    """subscribe(service): a device subscribed there, and its keys."""

    def make(service: PushService, language: str = "fr") -> tuple[Device, Subscription]:
        endpoint = service.subscribe(key=devices.vapid_key().public)
        subscription = Subscription(endpoint=endpoint)
        secret = devices.new_secret()
        return devices.register_device(secret=secret, language=language, **subscription.keys), subscription

    return make


Subscribe = Callable[..., tuple[Device, Subscription]]


def send(device: Device, note: PushNote = NOTE, key: str = "a") -> OutgoingPush:
    assert queue_push(device_id=device.pk, key=key, note=note)
    tasks.deliver(0)
    return OutgoingPush.objects.get(key=key)


def test_09_a_notice_arrives_as_a_declarative_message_whose_link_is_absolute(
    push_service: PushService, subscribe: Subscribe, settings: Settings
) -> None:
    settings.PARVIS_URL = "https://service.ville.example"
    device, subscription = subscribe(push_service)
    assert send(device).state == State.SENT
    message = subscription.read(urlsafe_b64decode(push_service.messages[0]["body"]))
    assert message["web_push"] == 8030
    assert message["notification"]["title"] == "26-0001-A"
    assert message["notification"]["navigate"] == "https://service.ville.example/suivi/abc/"
    assert message["notification"]["lang"] == "fr"
    assert message["notification"]["tag"] == "case-1"


def test_04_each_push_service_gets_a_token_of_its_own(
    push_service: PushService, other_service: PushService, subscribe: Subscribe
) -> None:
    for rank, service in enumerate([push_service, other_service, push_service]):
        device, _ = subscribe(service)
        queue_push(device_id=device.pk, key=str(rank), note=NOTE)
    tasks.deliver(0)
    assert {m["audience"] for m in push_service.messages} == {push_service.origin}
    assert [m["audience"] for m in other_service.messages] == [other_service.origin]
    assert not OutgoingPush.objects.exclude(state=State.SENT).exists()


@pytest.mark.parametrize(
    ("email", "contact"),
    [
        ("info@ville.example", "mailto:info@ville.example"),
        ("root@localhost", "https://service.ville.example"),
        ("", "https://service.ville.example"),
    ],
)
def test_04_a_token_names_a_real_contact(email: str, contact: str, settings: Settings) -> None:
    settings.PARVIS_URL = "https://service.ville.example"
    Town.objects.update(email=email)
    assert town_contact() == contact


@pytest.mark.parametrize(("kind", "urgency"), [("case", "normal"), ("reminder", "normal"), ("alert", "high")])
def test_05_its_kind_sets_how_long_it_is_kept_its_urgency_and_its_topic(
    kind: str, urgency: str, push_service: PushService, subscribe: Subscribe
) -> None:
    device, _ = subscribe(push_service)
    send(device, PushNote("t", "b", "/", kind, "water-12"))
    message = push_service.messages[0]
    assert message["urgency"] == urgency
    assert 0 < len(message["topic"]) <= 32
    assert message["ttl"] >= 12 * 3600 - 5


def test_05_an_alert_outlives_a_sleeping_phone_and_its_correction_replaces_it(
    push_service: PushService, subscribe: Subscribe
) -> None:
    device, subscription = subscribe(push_service)
    send(device, PushNote("Faites bouillir l’eau", "Secteur nord.", "/", "alert", "water-12"), key="a")
    send(device, PushNote("L’avis est levé", "", "/", "alert", "water-12"), key="b")
    channel = next(iter(push_service.subscriptions.values())).channel
    waiting = push_service.waiting[channel]
    assert [subscription.read(urlsafe_b64decode(m["body"]))["notification"]["title"] for m in waiting] == [
        "L’avis est levé"
    ]
    assert waiting[0]["ttl"] > 23 * 3600


@pytest.mark.parametrize("words", ["é" * 6000, "une longue phrase accentuée " * 400, "x " * 5000])
def test_06_a_long_notice_is_cut_after_a_word_and_keeps_its_link(
    words: str, push_service: PushService, subscribe: Subscribe
) -> None:
    device, subscription = subscribe(push_service)
    send(device, PushNote("26-0001-A", words, "/suivi/abc/", "case", "case-1"))
    raw = urlsafe_b64decode(push_service.messages[0]["body"])
    assert len(raw) <= 4096
    notification = subscription.read(raw)["notification"]
    assert notification["navigate"].endswith("/suivi/abc/")
    body = notification["body"]
    assert body == "" or (words.startswith(body[:-1]) and words[len(body) - 1 :][:1] in (" ", ""))


def test_06_the_most_that_fits_is_kept() -> None:
    text = payload(PushNote("t", "mot " * 3000, "/x/"), site="https://a.example", language="fr")
    assert LARGEST - 10 < len(text) <= LARGEST
    assert json.loads(text)["notification"]["body"].endswith("mot…")


@pytest.mark.parametrize("fault", ["404", "410"])
def test_07_a_subscription_that_ended_is_erased(fault: str, push_service: PushService, subscribe: Subscribe) -> None:
    device, _ = subscribe(push_service)
    push_service.faults = [fault]
    push = send(device)
    assert (push.state, push.result) == (State.FAILED, OutgoingPush.Result.GONE)
    device.refresh_from_db()
    assert (device.live, device.endpoint, device.p256dh, device.auth) == (False, "", "", "")


def test_07_a_late_end_of_the_former_subscription_leaves_the_renewed_one_which_gets_the_notice(
    push_service: PushService, subscribe: Subscribe, run_jobs: Callable[[], int]
) -> None:
    device, _ = subscribe(push_service)
    queue_push(device_id=device.pk, key="a", note=NOTE)
    items = outbox.begin_batch(sending.PUSHES)
    renewed = Subscription(endpoint=push_service.subscribe(key=devices.vapid_key().public))
    Device.objects.filter(pk=device.pk).update(endpoint=renewed.endpoint)
    push_service.faults = ["410", "none"]
    outbox.record_batch(sending.PUSHES, sending.PUSHES.send_batch(items))
    device.refresh_from_db()
    assert (device.live, device.endpoint) == (True, renewed.endpoint)
    assert not push_service.messages and OutgoingPush.objects.get().state == State.QUEUED
    run_jobs()
    assert OutgoingPush.objects.get().state == State.SENT, "it is sent again, to the new endpoint"
    assert len(push_service.messages) == 1


def test_07_a_service_that_asks_to_wait_is_left_alone_meanwhile(
    push_service: PushService, other_service: PushService, subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_push, "AT_ONCE", 1)
    push_service.faults = ["429", "none"]
    for rank, service in enumerate([push_service, push_service, push_service, other_service]):
        device, _ = subscribe(service)
        queue_push(device_id=device.pk, key=str(rank), note=NOTE)
    tasks.deliver(0)
    assert push_service.posts == 1
    assert OutgoingPush.objects.get(key="3").state == State.SENT
    waiting = OutgoingPush.objects.filter(state=State.QUEUED)
    assert waiting.count() == 3
    tasks.deliver(0)
    assert push_service.posts == 1
    with clock.at(now() + timedelta(seconds=125)):
        tasks.deliver(0)
    assert not waiting.exists()
    assert push_service.posts == 4


def test_a_retry_sends_the_last_words_alone_and_not_beyond_their_end(
    push_service: PushService, subscribe: Subscribe
) -> None:
    device, _ = subscribe(push_service)
    moment = now()
    end = moment + timedelta(hours=2)
    for rank in ("r1", "r2"):
        queue_pushes(notes=[(device.pk, f"m-{device.pk}-{rank}", NOTE)], expires_at=end)
    OutgoingPush.objects.update(state=State.FAILED)
    with at(moment + timedelta(minutes=90)):
        assert retry_failed(topic=NOTE.topic, ending="-r2") == 1
    rows = {row.key[-2:]: row for row in OutgoingPush.objects.all()}
    assert rows["r1"].state == State.FAILED and rows["r2"].expires_at == end


def test_07_a_message_too_large_is_never_sent_again(push_service: PushService, subscribe: Subscribe) -> None:
    device, _ = subscribe(push_service)
    push_service.faults = ["413"]
    assert send(device).state == State.FAILED
    with clock.at(now() + timedelta(hours=3)):
        tasks.deliver(0)
    assert push_service.posts == 1
    device.refresh_from_db()
    assert device.live


@pytest.mark.parametrize("fault", ["500", "503", "hang"])
def test_07_without_a_clear_answer_it_is_sent_again_and_shown_once(
    fault: str, push_service: PushService, subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_push, "ANSWER_SECONDS", 0.5)
    device, subscription = subscribe(push_service)
    push_service.faults = [fault, "none"]
    assert send(device).state == State.QUEUED
    with clock.at(now() + timedelta(minutes=5)):
        tasks.deliver(0)
    assert OutgoingPush.objects.get(key="a").state == State.SENT
    channel = next(iter(push_service.subscriptions.values())).channel
    assert len(push_service.waiting[channel]) == 1
    tags = {subscription.read(urlsafe_b64decode(m["body"]))["notification"]["tag"] for m in push_service.messages}
    assert tags == {"case-1"}


def test_a_device_whose_answer_was_lost_is_among_those_to_tell_of_the_end(
    push_service: PushService, subscribe: Subscribe
) -> None:
    device, _ = subscribe(push_service)
    other, _ = subscribe(push_service)
    push_service.faults = ["500"]
    assert send(device).state == State.QUEUED
    assert len(push_service.messages) == 1
    assert queue_push(device_id=other.pk, key="b", note=NOTE)  # never handed over
    cancel_pushes(topic=NOTE.topic)
    assert devices_told(NOTE.topic) == {device.pk: "fr"}


def test_a_notice_too_old_for_its_kind_is_not_sent(push_service: PushService, subscribe: Subscribe) -> None:
    device, _ = subscribe(push_service)
    queue_push(device_id=device.pk, key="a", note=PushNote("t", "b", "/", Kind.REMINDER))
    with clock.at(now() + timedelta(days=1)):
        tasks.deliver(0)
    assert OutgoingPush.objects.get().state == State.EXPIRED
    assert push_service.posts == 0


def test_10_a_service_no_longer_in_the_settings_is_not_called(
    push_service: PushService, subscribe: Subscribe, settings: Settings
) -> None:
    device, _ = subscribe(push_service)
    settings.PARVIS_DEMO = False
    assert send(device).state == State.FAILED
    assert push_service.posts == 0
