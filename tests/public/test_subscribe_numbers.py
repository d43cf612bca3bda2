"""Numbers given by strangers on the page of subscriptions: the town pays for each text and each call."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.newsletter.models import ContactPoint
from parvis.apps.telephony.models import OutgoingText
from parvis.lib.clock import now
from parvis.lib.proof_of_work import challenge
from parvis.surfaces.public.subscribe import views
from tests.factories import SmallTown

pytestmark = pytest.mark.django_db
FORM = {"email": "", "phone": "450 555-0123", "calls": "", "alerts": "on", "address": "", "website": "", "altcha": ""}
From = Callable[[str], Client]


@pytest.fixture
def coming_from() -> From:
    return lambda address: Client(REMOTE_ADDR=address)


def solved() -> str:
    """A proof of work, as a browser does it."""
    asked = challenge()
    for number in range(asked["maxNumber"] + 1):
        if hashlib.sha256(f"{asked['salt']}{number}".encode()).hexdigest() == asked["challenge"]:
            asked["number"] = number
            return base64.b64encode(json.dumps(asked).encode()).decode()
    raise AssertionError("no solution")


def numbered(n: int, **more: str) -> dict[str, str]:
    return FORM | {"phone": f"450 555-01{n:02d}"} | more


def test_beyond_a_few_numbers_a_browser_must_have_done_a_work(town: SmallTown, coming_from: From) -> None:
    answers = [coming_from("192.0.2.1").post("/abonnement/", numbered(n)) for n in range(views.BARE + 1)]
    assert [answer.status_code for answer in answers] == [*[200] * views.BARE, 422]
    assert "dix minutes" in answers[-1].text and f"450 555-01{views.BARE:02d}" in answers[-1].text
    assert OutgoingText.objects.count() == views.BARE
    proven = coming_from("192.0.2.1").post("/abonnement/", numbered(50, altcha=solved()))
    assert proven.status_code == 200 and OutgoingText.objects.count() == views.BARE + 1


def test_a_proof_serves_one_number_and_again_after_an_error(town: SmallTown, coming_from: From) -> None:
    for n in range(views.BARE):
        coming_from("192.0.2.1").post("/abonnement/", numbered(n))
    proof, client = solved(), coming_from("192.0.2.2")
    for n in range(views.BARE):
        client.post("/abonnement/", numbered(10 + n))
    typed_wrong = client.post("/abonnement/", numbered(50, altcha=proof, address="12, rue qui n’est pas"))
    assert typed_wrong.status_code == 422
    assert client.post("/abonnement/", numbered(50, altcha=proof)).status_code == 200
    assert coming_from("192.0.2.1").post("/abonnement/", numbered(51, altcha=proof)).status_code == 422


def test_a_school_behind_one_address_that_writes_addresses_is_not_asked_for_a_work(
    town: SmallTown, coming_from: From
) -> None:
    client = coming_from("192.0.2.9")
    for n in range(views.TIMES):
        letter = numbered(n) | {"phone": "", "email": f"classe{n}@ecole.example"}
        assert client.post("/abonnement/", letter).status_code == 200


def test_one_number_is_asked_by_text_three_times_a_day_at_most(
    town: SmallTown, coming_from: From, settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-11-25T08:00:00-05:00"
    for hour in range(8):
        answer = coming_from(f"198.51.100.{hour}").post("/abonnement/", FORM)
        assert answer.status_code == 200, "whoever typed the number is told the same"
        settings.PARVIS_NOW = (now() + timedelta(hours=1)).isoformat()
    assert OutgoingText.objects.count() == 3


@pytest.mark.parametrize("typed", ["+881 6 1234 5678", "900 555-0123", "876 555-0123", "514 976-1234"])
def test_a_costly_number_is_refused_beside_its_field_and_kept(typed: str, town: SmallTown, coming_from: From) -> None:
    refused = coming_from("192.0.2.1").post("/abonnement/", FORM | {"phone": typed})
    assert refused.status_code == 422 and "numéros ordinaires" in refused.text and f'value="{typed}"' in refused.text
    assert OutgoingText.objects.count() == 0 and ContactPoint.objects.count() == 0


def test_when_the_texts_of_the_day_are_used_up_the_page_offers_another_way(
    town: SmallTown, coming_from: From, settings: Settings
) -> None:
    settings.PARVIS_TEXTS_A_DAY = settings.PARVIS_TEXTS_A_DAY | {"code": 0}
    refused = coming_from("192.0.2.1").post("/abonnement/", FORM)
    assert refused.status_code == 422 and "courriel" in refused.text and 'value="450 555-0123"' in refused.text
    assert ContactPoint.objects.count() == 0
