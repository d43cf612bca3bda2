"""A question that a program asks in vain is a gap like one of the site, as far as one client may add to them."""

from django.test import Client

from parvis.apps.insight.models import Signal
from tests.factories import SmallTown


def test_what_a_program_asks_in_vain_is_recorded_once_without_contacts(town: SmallTown) -> None:
    client, body = Client(), {"text": "Zyxwv qrstp klmno, écrivez à moi@exemple.ca", "lang": "fr"}
    for _twice in range(2):
        answer = client.post("/api/v1/ask", body, content_type="application/json")
        assert answer.status_code == 200 and answer.json()["kind"] == "none"
    signal = Signal.objects.get(kind=Signal.Kind.UNANSWERED)
    assert signal.words.startswith("Zyxwv") and "moi@exemple.ca" not in signal.words and signal.language == "fr"
