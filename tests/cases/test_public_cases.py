"""What the public sees of a case, and what it never sees."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from parvis.apps.cases.models import Case, Publication
from parvis.apps.cases.queries import public_cases as public
from parvis.apps.cases.queries.public_cases import PublicState, coarse
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import Actor
from parvis.apps.places.rules.shapes import metres
from parvis.lib.clock import now
from tests.counting import statements
from tests.factories import SmallTown, make_address, make_person, unique


@pytest.fixture(autouse=True)
def _public_subject(settings: Settings, town: SmallTown) -> None:
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"
    town.pothole.public = True
    town.pothole.save()


def request(town: SmallTown, **more: Any) -> Case:
    values = {"subject": town.pothole, "nature": "request", "channel": "web", "words": "Un trou", **more}
    new_case = NewCase(key=unique(), **{"address": town.address, **values})
    return open_case(new_case, by=Actor.staff(town.agent)).case


def seen(case: Case) -> Case | None:
    return public.public_cases().filter(pk=case.pk).first()


def test_only_requests_of_a_public_subject_are_public(town: SmallTown) -> None:
    assert seen(request(town))
    assert not seen(request(town, subject=town.streetlight))
    assert not seen(request(town, nature="complaint"))
    assert not seen(request(town, person=make_person("Jeanne", address_protected=True)))


def test_merged_withdrawn_and_hidden_cases_are_not_public(town: SmallTown) -> None:
    one, other, gone, hidden = (request(town, person=make_person()) for _ in range(4))
    merging.merge(case_id=other.pk, into_id=one.pk, words="Le même", by=Actor.staff(town.agent))
    citizen.withdraw(case_id=gone.pk, words="", by=Actor.citizen())
    Publication.objects.create(case=hidden, hidden_at=now(), changed_at=now())
    assert seen(one)
    assert not any(map(seen, (other, gone, hidden)))


def test_a_place_is_the_street_and_never_the_words_of_a_citizen(town: SmallTown) -> None:
    at = seen(request(town))
    words = seen(request(town, address=None, place_text="chez Mme Planté, 514 555-0142"))
    assert at and words
    assert public.public_place(at) == "rue du Quai"
    assert public.public_place(words) == ""
    assert public.street_of("2480A, chemin Bellevue, app. 3") == "chemin Bellevue"
    assert public.street_of("12, 10e Rang") == "10e Rang"
    assert public.street_of("chez Mme Planté, au coin") == ""


def test_a_landmark_and_an_exact_place_are_an_agents_decision(town: SmallTown) -> None:
    case = request(town, point=(45.450123, -73.300456))
    first = seen(case)
    assert first and public.public_point(first) != case.point
    Publication.objects.create(case=case, landmark="Parc du Quai", exact_place=True, changed_at=now())
    then = seen(case)
    assert then
    assert public.public_point(then) == case.point
    assert public.public_place(then) == "Parc du Quai"


def test_an_address_is_never_exact_even_in_a_public_place(town: SmallTown) -> None:
    house = make_address(99, latitude=45.45012, longitude=-73.30045)
    case = request(town, address=house)
    Publication.objects.create(case=case, exact_place=True, changed_at=now())
    shown = seen(case)
    assert shown and public.public_point(shown) == coarse((45.45012, -73.30045)) != house.point


def test_the_pin_tells_the_state(town: SmallTown, settings: Settings) -> None:
    case = request(town, person=make_person())

    def state() -> PublicState:
        shown = seen(case)
        assert shown
        return public.public_state(shown)

    assert state() is PublicState.RECEIVED
    handling.take(case_id=case.pk, by=town.technician)
    assert state() is PublicState.TAKEN
    handling.plan_visit(case_id=case.pk, day=dt.date(2026, 11, 27), words="On passe", by=town.technician)
    assert state() is PublicState.VISIT
    settings.PARVIS_NOW = "2027-02-25T10:00:00-05:00"
    assert state() is PublicState.LATE


def test_reading_them_costs_the_same_for_one_and_for_many(town: SmallTown) -> None:
    def read() -> int:
        with statements() as made:
            for case in public.public_cases():
                public.public_place(case), public.public_point(case), public.public_words(case)
                public.public_photos(case), public.public_state(case), public.public_promise(case)
        return len(made)

    Publication.objects.create(case=request(town), words_fr="Un trou", changed_at=now())
    read()
    few = read()
    for number in range(6):
        case = request(town, person=make_person())
        if number % 2:
            Publication.objects.create(case=case, words_fr="Un trou", changed_at=now())
    assert read() == few


@given(st.floats(44.5, 62.5), st.floats(-79.5, -57.0))
def test_a_coarse_point_is_near_and_stands_for_its_whole_square(north: float, east: float) -> None:
    point = coarse((north, east))
    assert metres((north, east), point) <= 36
    assert coarse(point) == point
