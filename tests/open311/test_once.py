"""A request sent again by a program that lost the answer is one request."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.files.models import Attachment
from parvis.apps.intake.models import Contact
from parvis.apps.open311.models import Submission
from tests.factories import SmallTown, make_small_town
from tests.open311.calls import Answer, Caller
from tests.open311.conftest import key_of
from tests.open311.test_public import picture

POTHOLE = {"service_code": "nid-de-poule", "lat": "45.42419", "long": "-73.37167", "description": "Trou"}


def send(call: Caller, key: str, chosen: str = "", **more: Any) -> Answer:
    headers = {"Idempotency-Key": chosen} if chosen else {}
    return call.post(**{"api_key": key, **POTHOLE, **more, "headers": headers})


def number(answer: Answer) -> str:
    return str(answer.first["service_request_id"])


def test_the_same_content_within_ten_minutes_is_one_request(
    call: Caller, placed: SmallTown, key: str, settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:09:00-05:00"
    first = send(call, key, first_name="Zoé", email="zoe@exemple.ca", media=picture())
    settings.PARVIS_NOW = "2026-11-24T10:12:00-05:00"  # another window of the clock
    second = send(call, key, first_name="Zoé", email="zoe@exemple.ca", media=picture())
    assert (first.status, second.status) == (201, 200) and number(first) == number(second)
    assert Case.objects.count() == Contact.objects.count() == Submission.objects.count() == 1
    assert Attachment.objects.count() == 1
    settings.PARVIS_NOW = "2026-11-24T10:23:00-05:00"
    assert send(call, key, first_name="Zoé", email="zoe@exemple.ca", media=picture()).status == 201


def test_other_words_another_photo_or_another_program_make_another(call: Caller, placed: SmallTown, key: str) -> None:
    answers = [
        send(call, key),
        send(call, key, description="Trou!"),
        send(call, key, email="zoe@exemple.ca"),
        send(call, key, media=picture()),
        send(call, key_of(placed.key_maker, name="Autre")),
    ]
    assert [answer.status for answer in answers] == [201] * 5 and len({number(answer) for answer in answers}) == 5


def test_an_idempotency_key_holds_for_ever_and_for_its_program_only(
    call: Caller, placed: SmallTown, key: str, settings: Settings
) -> None:
    first = send(call, key, "abc")
    settings.PARVIS_NOW = "2027-01-24T10:00:00-05:00"
    assert number(send(call, key, "abc")) == number(first)
    assert number(send(call, key, "abd")) != number(first)
    assert number(send(call, key_of(placed.key_maker, name="Autre"), "abc")) != number(first)


def test_an_idempotency_key_sent_with_another_content_is_refused(call: Caller, placed: SmallTown, key: str) -> None:
    first = send(call, key, "abc")
    other = send(call, key, "abc", description="Autre chose")
    assert other.status == 400 and number(first) in other.errors[0][1] and Case.objects.count() == 1
    assert send(call, key, "x" * 201).status == 400


def test_a_key_in_the_body_or_in_a_header_and_the_language_change_nothing(
    call: Caller, placed: SmallTown, key: str
) -> None:
    first = send(call, key)
    again = call.post(**POTHOLE, locale="en", headers={"Authorization": f"Bearer {key}"})
    assert again.status == 200 and number(again) == number(first)


@pytest.mark.django_db(transaction=True)
def test_sent_at_once_eight_times_it_is_one() -> None:
    placed = make_small_town()
    key = key_of(placed.key_maker)

    def once(_rank: int) -> Answer:
        try:
            return send(Caller(Client(), "json"), key, "abc")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(once, range(8)))
    assert len({number(answer) for answer in answers}) == 1 and Case.objects.count() == 1
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
