"""Questions asked of the town: their subject, clarification, out-of-scope topics, several questions, danger."""

import threading
from datetime import date
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings

from parvis.apps.catalogue.models import RoutingRule
from parvis.apps.catalogue.queries import subjects
from parvis.apps.content.models import DisambiguationGroup, OutOfScopeTopic
from parvis.apps.directory.models import Department
from parvis.apps.matching.models import Vector
from parvis.apps.matching.queries import asking, suggesting, vectors
from parvis.apps.matching.rules import calibration
from parvis.apps.matching.services.vectors import keep_vectors
from parvis.apps.places.models import Sector
from parvis.apps.places.queries import addresses
from parvis.operations.town import load
from tests.town.conftest import VILLAGE

pytestmark = pytest.mark.django_db


@pytest.fixture
def village() -> None:
    load.load(VILLAGE, demo=True)
    suggesting.forget()


@pytest.fixture(params=["none", "use"])
def layer(request: pytest.FixtureRequest, settings: Settings, village: None) -> str:
    """By words alone, then with the sentence encoder."""
    settings.PARVIS_ENCODER = request.param
    suggesting.forget()
    return str(request.param)


def test_an_answer_comes_with_its_words_and_the_way_a_request_would_take(layer: str) -> None:
    resolution = asking.ask("quel jour passent les poubelles au rang du lac")
    assert (resolution.kind, resolution.topics[0].slug, resolution.lang) == ("answer", "collectes", "fr")
    assert resolution.answer is not None and resolution.answer.slug == "collectes"
    assert resolution.way is not None and resolution.way.slug == "collectes"
    assert resolution.danger is None and resolution.other is None


def test_what_is_only_routed_says_which_department_and_follows_the_rules_of_the_address(layer: str) -> None:
    words = "le lampadaire est brûlé devant chez moi"
    resolution = asking.ask(words)
    assert (resolution.kind, resolution.answer) == ("route", None)
    assert resolution.way is not None and (resolution.way.slug, resolution.way.department) == ("lampadaire", "voirie")
    address = addresses.complete("route 329")[0]
    sent = asking.ask(words, address=address).way
    assert sent is not None and sent.department == "sq"


def test_a_rule_on_any_kind_of_sector_is_followed_for_the_address(village: None) -> None:
    address = addresses.complete("12 place du Moulin")[0]
    assert address.latitude is not None and address.longitude is not None
    west, south, east, north = (at + by for by in (-0.001, 0.001) for at in (address.longitude, address.latitude))
    around = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    Sector.objects.create(slug="neige-moulin", kind="deneigement", polygon={"type": "Polygon", "coordinates": [around]})
    to = Department.objects.get(slug="sq")
    RoutingRule.objects.create(position=0, name="moulin", subjects=["lampadaire"], sectors=["neige-moulin"], to=to)
    subjects.forget()
    sent = asking.ask("le lampadaire est brûlé devant chez moi", address=address).way
    assert sent is not None and sent.department == "sq"


@pytest.mark.parametrize(
    ("words", "with_address"),
    [
        ("quel jour passent les poubelles", "quel jour passent les poubelles au 12, place du Moulin?"),
        ("mon lampadaire est brûlé", "mon lampadaire est brûlé au 3 rue des Aulnes, J0T 0X0"),
    ],
)
def test_the_address_said_with_a_question_makes_it_no_less_sure(layer: str, words: str, with_address: str) -> None:
    bare, resolution = asking.ask(words), asking.ask(with_address)
    assert (resolution.topics[0], resolution.sure) == (bare.topics[0], bare.sure) and bare.sure
    assert resolution.text == with_address, "what was asked is kept whole"
    offered = suggesting.suggest(with_address).hits[0]
    assert (offered.slug, offered.confidence) == (resolution.topics[0].slug, resolution.confidence)


def test_a_danger_is_told_with_the_address_where_it_is(layer: str) -> None:
    for words in ("odeur de gaz au 12, place du Moulin", "12 place du Moulin en feu"):
        assert asking.ask(words).danger and suggesting.suggest(words).danger


def test_an_address_alone_is_still_read(layer: str) -> None:
    assert asking.ask("12, place du Moulin").text == "12, place du Moulin"


def test_what_is_not_ours_gives_the_right_door_and_no_answer(layer: str) -> None:
    resolution = asking.ask("comment renouveler mon permis de conduire expiré")
    assert (resolution.kind, resolution.answer, resolution.way) == ("none", None, None)
    assert resolution.other is not None
    assert (resolution.other.external_body.name, resolution.other.external_body.phone) == ("SAAQ", "+18003617620")


@pytest.mark.parametrize(
    ("demo", "verified", "phone", "doubt"),
    [
        (True, True, "+18003617620", ""),
        (False, True, "+18003617620", ""),
        (True, False, "+18003617620", "à confirmer"),
        (False, False, "", "numéro à vérifier"),
    ],
)
def test_the_number_of_a_door_that_nobody_verified_is_marked_and_told_in_the_demonstration_alone(
    village: None, settings: Settings, demo: bool, verified: bool, phone: str, doubt: str
) -> None:
    settings.PARVIS_ENCODER, settings.PARVIS_DEMO = "none", demo
    if not verified:
        OutOfScopeTopic.objects.update(verified_on=None)
    suggesting.forget()
    other = asking.ask("comment renouveler mon permis de conduire expiré").other
    assert other is not None
    assert (other.external_body.phone, other.external_body.doubt, other.external_body.website) == (
        phone,
        doubt,
        "https://saaq.gouv.qc.ca",
    )


def test_unknown_words_are_not_answered(layer: str) -> None:
    for words in ("", "asdfgh qwerty", "???"):
        resolution = asking.ask(words)
        assert (resolution.kind, resolution.sure, resolution.answer) == ("none", False, None)


def test_siblings_that_cannot_be_told_apart_are_asked_about_in_the_words_of_the_town(layer: str) -> None:
    resolution = asking.ask("mon chemin")
    assert resolution.clarify is not None and not resolution.sure
    DisambiguationGroup.objects.all().delete()
    DisambiguationGroup.objects.create(
        name="chemins",
        question_fr="Neige ou trou?",
        question_en="Snow or hole?",
        choices=[
            {"slug": "deneigement", "fr": "La neige", "en": "Snow"},
            {"slug": "nid-de-poule", "fr": "Le chemin", "en": "The road"},
            {"slug": "parti", "fr": "Rien", "en": "Nothing"},
        ],
    )
    suggesting.forget()
    asked = asking.ask("chemin de gravier et neige")
    assert asked.clarify is not None
    assert asked.clarify.question == "Neige ou trou?"
    assert [(choice.label, choice.slug) for choice in asked.clarify.choices] == [
        ("La neige", "deneigement"),
        ("Le chemin", "nid-de-poule"),
    ]


def test_each_question_of_a_message_is_a_part_when_they_are_about_different_things(layer: str) -> None:
    resolution = asking.ask("Quel jour passent les poubelles? Et le lampadaire est brûlé devant chez moi.")
    assert [part.topics[0].slug for part in resolution.parts] == ["collectes", "lampadaire"]
    assert asking.ask("Quel jour passent les poubelles? C'est la semaine du bac vert?").parts == ()


def test_danger_is_told_by_words_or_by_what_is_meant(layer: str) -> None:
    danger = asking.ask("il y a une odeur de gaz dans le sous-sol").danger
    assert danger is not None and danger.phone == "911"
    meant = asking.ask("ma mère est en haut et la maison est pleine de boucane").danger
    assert meant is not None
    assert asking.ask("faut-il un permis pour un feu de camp").danger is None
    assert asking.ask("quel jour passent les poubelles").danger is None


def test_facts_are_those_of_the_day_asked(village: None) -> None:
    before = asking.ask("collecte des gros morceaux encombrants", day=date(2026, 5, 1)).answer
    after = asking.ask("collecte des gros morceaux encombrants", day=date(2026, 6, 1)).answer
    assert before is not None and after is not None
    told_before = {fact.key: fact.told for fact in before.facts}
    assert told_before["collectes.encombrants"]
    assert not {fact.key: fact.told for fact in after.facts}["collectes.encombrants"]


def test_vectors_are_kept_once_and_read_in_one_query(
    settings: Settings, village: None, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PARVIS_ENCODER = "use"
    suggesting.forget()
    assert keep_vectors() > 100
    assert keep_vectors() == 0
    stored = Vector.objects.count()
    row = Vector.objects.first()
    assert row is not None and len(bytes(row.data)) == 512 * 4
    Vector.objects.create(version="use-old", digest="0" * 64, data=b"")
    keep_vectors()
    assert Vector.objects.count() == stored
    suggesting.forget()
    with django_assert_num_queries(13):
        suggesting.suggest("le lampadaire est brûlé")
    assert vectors.digest("a") != vectors.digest("b")


@pytest.mark.django_db(transaction=True)
def test_every_thread_gets_the_same_answer(settings: Settings) -> None:
    load.load(VILLAGE, demo=True)
    settings.PARVIS_ENCODER = "use"
    suggesting.forget()
    result: list[tuple[str, float]] = []

    def ask() -> None:
        asked = asking.ask("mon bac n'a pas été vidé ce matin")
        result.append((asked.topics[0].slug, asked.confidence))
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(result) == 6 and len(set(result)) == 1


def test_what_may_be_somebody_elses_keeps_the_way_of_the_likeliest_subject(
    layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "comment renouveler mon permis de conduire pour le lampadaire"
    assert asking.ask(words).topics
    monkeypatch.setattr(calibration, "SURE", 1.1)
    resolution = asking.ask(words)
    assert resolution.way is not None and resolution.way.slug == resolution.topics[0].slug
