"""The provider's requests: signed or refused, stored once."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.telephony.models import IncomingText
from parvis.apps.telephony.rules.keywords import START, STOP, keyword
from parvis.apps.telephony.services.texts.outgoing import queue_text
from parvis.lib.twilio import is_signed, signature
from tests.factories import SmallTown
from tests.telephony.twilio import TOKEN, Twilio
from tests.telephony.voice_provider import Webhook

pytestmark = pytest.mark.django_db
ANNE = "+14505550123"


def test_the_signature_is_that_of_the_providers_documentation() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert is_signed("0/KCTR6DLpKmkAf8muzZqo1nDgQ=", "12345", url, fields.items())
    assert not is_signed("0/KCTR6DLpKmkAf8muzZqo1nDgR=", "12345", url, fields.items())
    assert not is_signed("é", "12345", url, fields.items())


def test_a_webhook_twice_is_one_text(twilio: Twilio, call: Callable[[Webhook], int], settings: Settings) -> None:
    webhook = twilio.incoming(settings.PARVIS_URL, "Il y a un trou, rue du Quai.", ANNE, NumMedia="2")
    assert [call(webhook), call(webhook)] == [200, 200]
    [text] = IncomingText.objects.all()
    assert (text.sender, text.body, text.files) == (ANNE, "Il y a un trou, rue du Quai.", 2)


def test_a_forged_webhook_is_refused(twilio: Twilio, call: Callable[[Webhook], int], settings: Settings) -> None:
    url, fields, signed = twilio.incoming(settings.PARVIS_URL, "Bonjour", ANNE)
    assert call((url, fields | {"Body": "Au revoir"}, signed)) == 403
    assert call((url, fields, "")) == 403
    assert call((url, fields, signature("another token", url, fields.items()))) == 403
    assert call((f"{url}?x=1", fields, signed)) == 403
    assert call((url.replace("incoming", "status"), fields, signed)) == 403
    assert IncomingText.objects.count() == 0


def test_an_incomplete_text_is_refused(twilio: Twilio, call: Callable[[Webhook], int], settings: Settings) -> None:
    url, fields, _signed = twilio.incoming(settings.PARVIS_URL, "Bonjour", "")
    assert call((url, fields, signature(TOKEN, url, fields.items()))) == 400


def test_nothing_is_answered_by_text(twilio: Twilio, settings: Settings) -> None:
    url, fields, signed = twilio.incoming(settings.PARVIS_URL, "STOP", ANNE)
    answer = Client().post("/hooks/texts/incoming", fields, headers={"X-Twilio-Signature": signed})
    assert (answer["Content-Type"], answer.text.endswith("<Response></Response>")) == ("text/xml", True)


def test_a_status_of_a_text_that_is_not_ours_changes_nothing(twilio: Twilio, call: Callable[[Webhook], int]) -> None:
    url = "https://service.ville.example/hooks/texts/status"
    assert call(twilio.status({"sid": "SM9", "to": ANNE, "callback": url}, "delivered")) == 204


def test_without_a_provider_there_is_nothing_to_call(settings: Settings) -> None:
    settings.PARVIS_TEXTS = {}
    for name in ("incoming", "status"):
        assert Client().post(f"/hooks/texts/{name}", {}).status_code == 404
        assert Client().get(f"/hooks/texts/{name}").status_code == 405


@pytest.mark.parametrize("words", ["STOP", " stop. ", "Arrêt", "ARRET!", "unsubscribe", "Désabonner", "stop all"])
def test_a_refusal_is_the_whole_text(words: str) -> None:
    assert keyword(words) == STOP


@pytest.mark.parametrize("words", ["stop s'il vous plaît, il y a une fuite", "Il manque un arrêt", "", "?", "oui"])
def test_a_text_that_says_more_is_not_a_keyword(words: str) -> None:
    assert keyword(words) == ""


def test_a_number_comes_back() -> None:
    assert keyword("Start") == keyword("UNSTOP") == START


def test_a_phone_of_the_demonstration_writes_to_the_town(town: SmallTown, client: Client) -> None:
    client.force_login(town.agent)
    queue_text(key="k", to=ANNE, body="Voici le lien.")
    assert "Voici le lien." in client.get("/dev/texts/").text
    assert client.post("/dev/texts/write/", {"sender": "12", "words": "Bonjour"}).status_code == 422
    assert client.post("/dev/texts/write/", {"sender": "450 555-0123", "words": "Bonjour"}).status_code == 302
    assert IncomingText.objects.get().sender == ANNE
