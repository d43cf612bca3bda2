"""Messages and refusals that a provider sends to the webhook, in its own format, over HTTP."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import clear_url_caches, include, path
from pytest_django import Settings

from parvis.apps.mail.models import InboundDelivery, Incoming, Outgoing
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.mail.tasks import send_letters
from parvis.apps.mail.web import webhooks
from tests.factories import SmallTown
from tests.intake.test_received_mail import raw
from tests.mail.conftest import Post

SECRET = "parvis:une phrase assez longue"
urlpatterns = [path("hooks/mail/", include(webhooks.patterns("postmark"))), path("", include("parvis.config.urls"))]


@pytest.fixture(autouse=True)
def _webhook(settings: Settings) -> Iterator[None]:
    settings.ROOT_URLCONF, settings.ANYMAIL = __name__, {"WEBHOOK_SECRET": SECRET}
    clear_url_caches()
    yield
    clear_url_caches()


def send(values: dict[str, Any], kind: str = "inbound", secret: str = SECRET) -> int:
    headers = {"Authorization": f"Basic {b64encode(secret.encode()).decode()}"}
    url = f"/hooks/mail/postmark/{kind}/"
    return Client().post(url, values, content_type="application/json", headers=headers).status_code


def given(raw_message: bytes) -> dict[str, Any]:
    return {
        "FromFull": {"Email": "anne@exemple.ca", "Name": "Anne Roy"},
        "OriginalRecipient": "info@anse.exemple.ca",
        "RawEmail": raw_message.decode(),
    }


def test_a_message_comes_once_even_when_the_provider_repeats_itself(town: SmallTown, run_jobs: Any) -> None:
    message = given(raw("Faut-il un permis?", Subject="Cabanon"))
    assert [send(message), send(message)] == [200, 200]
    run_jobs()
    incoming = Incoming.objects.get()
    assert (incoming.subject, incoming.from_address) == ("Cabanon", "anne@exemple.ca")
    assert list(InboundDelivery.objects.values_list("via", "recipients")) == [("webhook", ["info@anse.exemple.ca"])] * 2


def test_who_does_not_know_the_secret_writes_nothing(town: SmallTown) -> None:
    assert send(given(raw()), secret="parvis:autre chose") == 400
    assert (
        Client().post("/hooks/mail/postmark/inbound/", given(raw()), content_type="application/json").status_code == 400
    )
    assert not Incoming.objects.exists()


def test_a_refusal_marks_the_letter(town: SmallTown, post: Post) -> None:
    letter = queue_letter(
        key="x", to="anne@exemple.ca", language="fr", renderer="tests.mail.letters.hello", args=["Anne"]
    )
    send_letters()
    bounce = {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "Email": "Anne@exemple.ca",
        "Description": "The server was unable to deliver your message",
        "Details": "550 5.1.1 No such user",
        "MessageID": "7ab4",
        "BouncedAt": "2026-11-25T10:00:00Z",
    }
    assert send(bounce, "tracking") == 200
    letter.refresh_from_db()
    assert letter.state == Outgoing.State.FAILED and "No such user" in letter.error


def test_without_a_provider_the_address_does_not_exist(town: SmallTown, settings: Settings) -> None:
    settings.ROOT_URLCONF = "parvis.config.urls"
    assert send(given(raw())) == 404
    assert webhooks.patterns("") == []
