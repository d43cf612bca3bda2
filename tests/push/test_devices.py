"""Devices and the queue of notices."""

import pytest
from pytest_django import Settings

from parvis.apps.push.models import Device, OutgoingPush
from parvis.apps.push.queries import devices
from parvis.apps.push.rules.endpoints import believed
from parvis.apps.push.rules.notes import PushNote
from parvis.apps.push.services.devices import forget_device, record_gone, register_device, vapid_key
from parvis.apps.push.services.outgoing import queue_push
from parvis.lib.errors import Invalid
from tests.push.browser import Subscription

pytestmark = pytest.mark.django_db
NOTE = PushNote("26-0001-A", "Une équipe passe demain.", "/suivi/", "case", "case-1")


def register(subscription: Subscription, secret: str = "one") -> Device:
    return register_device(secret=secret, language="fr", **subscription.keys)


def test_a_device_is_found_by_its_secret_which_is_not_kept() -> None:
    device = register(Subscription())
    assert devices.device_of("one") == device
    assert devices.device_of("") is None
    assert "one" not in device.secret_hash


def test_a_notice_is_queued_once_per_key() -> None:
    device = register(Subscription())
    assert queue_push(device_id=device.pk, key="a", note=NOTE)
    assert queue_push(device_id=device.pk, key="a", note=NOTE)
    assert OutgoingPush.objects.count() == 1


def test_nothing_is_queued_for_a_device_that_is_gone_and_it_comes_back_as_itself() -> None:
    subscription = Subscription()
    device = register(subscription)
    record_gone(tried={device.pk: device.endpoint})
    device.refresh_from_db()
    assert (device.live, device.endpoint, device.auth) == (False, "", "")
    assert not queue_push(device_id=device.pk, key="a", note=NOTE)
    assert register(Subscription()).pk == device.pk
    assert queue_push(device_id=device.pk, key="a", note=NOTE)


def test_the_same_subscription_is_one_device_whatever_its_cookies() -> None:
    subscription = Subscription()
    device = register(subscription)
    assert register(subscription, "two").pk == device.pk
    assert devices.device_of("one") is None
    other = Subscription(endpoint=subscription.endpoint)
    taken = register(other, "three")
    device.refresh_from_db()
    assert taken.pk != device.pk
    assert not device.live


def test_a_forgotten_device_leaves_nothing() -> None:
    device = register(Subscription())
    queue_push(device_id=device.pk, key="a", note=NOTE)
    forget_device(device_id=device.pk)
    assert not Device.objects.exists()
    assert not OutgoingPush.objects.exists()


def test_the_key_that_signs_is_made_once() -> None:
    assert vapid_key().public == vapid_key().public


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://10.0.0.8/push",
        "https://[::1]/push",
        "https://169.254.169.254/latest",
        "https://2130706433/push",
        "http://fcm.googleapis.com/fcm/send/x",
        "https://fcm.googleapis.com:8443/fcm/send/x",
        "https://fcm.googleapis.com@evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com.evil.example/x",
        "https://notify.windows.com.evil.example/x",
        "https://evil.example\\@fcm.googleapis.com/x",
        "file:///etc/passwd",
        "https://[broken",
        "",
    ],
)
def test_10_an_endpoint_private_or_of_an_unknown_host_is_refused(endpoint: str, settings: Settings) -> None:
    settings.PARVIS_DEMO = False
    known = ["fcm.googleapis.com", "*.notify.windows.com"]
    assert not believed(endpoint, known)
    assert believed("https://fcm.googleapis.com/fcm/send/x", known)
    assert believed("https://db5p.notify.windows.com/w/?token=x", known)
    with pytest.raises(Invalid):
        register(Subscription(endpoint=endpoint or "x:"))


def test_10_this_machine_is_believed_in_the_demonstration_only() -> None:
    assert believed("http://127.0.0.1:8999/push/1", [], loopback=True)
    assert not believed("http://127.0.0.1:8999/push/1", [])
