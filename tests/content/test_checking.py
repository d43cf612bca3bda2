"""The audit finds what must be mended in the answers and the facts, and nothing else."""

from datetime import date, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from parvis.apps.catalogue.models import ExampleQuestion
from parvis.apps.content.models import Answer, OutOfScopeExample, OutOfScopeTopic
from parvis.apps.content.queries.checking import findings
from parvis.apps.directory.models import Department, Town
from parvis.apps.places.models import Sector
from parvis.lib import clock
from tests.content.makers import make_fact, publish_answer
from tests.factories import SmallTown

FAR = date(2099, 1, 1)


@pytest.fixture
def sound(town: SmallTown) -> SmallTown:
    """A town with nothing to mend."""
    Department.objects.update(email="service@ville.example")
    make_fact("tarif", town.planning)
    publish_answer(town.shed, town.planning, review_on=FAR, short_fr="{fact:tarif}.", short_en="{fact:tarif}.")
    return town


def found(weight: str | None = None) -> list[tuple[str, str]]:
    return [(finding.kind, finding.name) for finding in findings() if weight in (None, finding.weight)]


def mend_answer(**values: Any) -> None:
    Answer.objects.update(**values)


def test_a_sound_town_has_nothing_to_mend(sound: SmallTown) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"short_fr": "Coût: {fact:tarif} en 2 jours."}, None),
        ({"short_fr": "Coût: 42,50 $, {fact:tarif}."}, "contradiction"),
        ({"short_fr": "Coût: {fact:tarif}, {tarif}."}, "contradiction"),
        ({"short_en": "It costs something."}, "contradiction"),
        ({"short_en": ""}, "english"),
        ({"short_fr": " ", "short_en": ""}, "short"),
        ({"review_on": date(2020, 1, 1)}, "review"),
        ({"facts": "inconnu"}, "fact"),
    ],
)
def test_what_is_wrong_in_an_answer(sound: SmallTown, values: dict[str, Any], kind: str | None) -> None:
    mend_answer(**values)
    assert set(found("mend")) == ({(kind, "cabanon")} if kind else set())


def test_a_town_without_english_misses_none(sound: SmallTown) -> None:
    mend_answer(short_en="", title_en="", summary_en="")
    Town.objects.update(english=Town.English.OFF)
    assert found() == []


def test_a_subject_that_should_have_an_answer_and_has_none(sound: SmallTown) -> None:
    Answer.objects.get().unpublish()
    assert found() == [("missing", "cabanon")]


def test_one_question_under_two_subjects_whatever_its_accents(sound: SmallTown) -> None:
    ExampleQuestion.objects.create(subject=sound.shed, language="fr", text="Réparer l’entrée?")
    ExampleQuestion.objects.create(subject=sound.pothole, language="fr", text="reparer l'entree")
    ExampleQuestion.objects.create(subject=sound.pothole, language="en", text="reparer l'entree")
    assert found() == [("contradiction", "nid-de-poule")]


def test_one_question_that_is_ours_and_somebody_else_s(sound: SmallTown) -> None:
    body = OutOfScopeTopic.objects.create(
        slug="hydro", title_fr="Panne", title_en="Outage", say_fr="Hydro", say_en="Hydro"
    )
    OutOfScopeExample.objects.create(elsewhere=body, language="fr", text="plus de courant")
    ExampleQuestion.objects.create(subject=sound.streetlight, language="fr", text="Plus de courant!")
    assert found() == [("contradiction", "lampadaire")]


def test_a_lone_word_under_two_subjects_is_to_be_looked_at_and_no_more(sound: SmallTown) -> None:
    for subject in (sound.shed, sound.pothole):
        ExampleQuestion.objects.create(subject=subject, language="fr", text="Gratte")
    [finding] = findings()
    assert (finding.kind, finding.weight, finding.name) == ("contradiction", "look", "nid-de-poule")


@pytest.mark.parametrize(
    ("door", "weight", "owner"),
    [
        ({"body_fr": ""}, None, ""),
        ({}, "mend", ""),
        ({"phone": "+18005550100"}, "verify", "Bureau des citoyens"),
        ({"url": "https://h.example", "verified_on": clock.today()}, None, ""),
        (
            {"url": "https://h.example", "verified_on": clock.today() - timedelta(days=366)},
            "verify",
            "Bureau des citoyens",
        ),
    ],
)
def test_a_door_leads_somewhere_and_was_checked_lately(
    sound: SmallTown, door: dict[str, Any], weight: str | None, owner: str
) -> None:
    Department.objects.filter(kind=Department.Kind.DESK).update(name_fr="Bureau des citoyens")
    values = {"title_fr": "Panne", "title_en": "Outage", "say_fr": "x", "say_en": "x", "body_fr": "Hydro"}
    OutOfScopeTopic.objects.create(slug="hydro", **values | door)
    reported = [(finding.kind, finding.name, finding.weight, finding.owner) for finding in findings()]
    assert reported == ([] if weight is None else [("door", "hydro", weight, owner)])


def test_two_values_of_one_name_in_one_answer(sound: SmallTown) -> None:
    make_fact("autre", sound.planning, label_fr="Tarif tarif", value=9900)
    assert found() == []
    mend_answer(facts="tarif\nautre")
    assert found() == [("contradiction", "cabanon")]


@pytest.mark.parametrize(("kinds", "met"), [(("quartier", "quartier"), 0), (("quartier", "collecte"), 1)])
def test_two_values_for_areas_that_one_address_may_be_in(sound: SmallTown, kinds: tuple[str, str], met: int) -> None:
    for rank, kind in enumerate(kinds):
        area = Sector.objects.create(slug=f"s{rank}", kind=kind, name_fr=f"S{rank}", name_en=f"S{rank}")
        make_fact("tarif", sound.planning, area=area, value=rank)
    assert found() == [("contradiction", "tarif")] * met


def test_an_owner_that_nobody_can_reach_or_that_is_gone(sound: SmallTown) -> None:
    Department.objects.filter(pk=sound.planning.pk).update(email="", head=None)
    assert found() == [("owner", "batiment")]
    Department.objects.filter(pk=sound.planning.pk).update(email="a@b.example", active=False)
    assert found() == [("owner", "batiment")]


def test_facts_that_lapsed_and_that_soon_will(sound: SmallTown) -> None:
    make_fact("hier", sound.planning, valid_to=clock.today() - timedelta(days=1))
    make_fact("bientot", sound.planning, valid_to=clock.today() + timedelta(days=60))
    make_fact("demain", sound.planning, valid_from=clock.today() + timedelta(days=1))
    make_fact("loin", sound.planning, valid_to=clock.today() + timedelta(days=61))
    assert found("mend") == [("fact", "demain")]
    assert found("verify") == [("fact", "hier"), ("expiring", "bientot")]
    assert {finding.owner for finding in findings() if finding.weight == "verify"} == {sound.planning.name_fr}


def test_a_value_that_begins_later_is_no_fault_while_the_one_before_stands(sound: SmallTown) -> None:
    make_fact("mur", sound.planning, replaced_at=clock.now())
    make_fact("mur", sound.planning, value=1, valid_from=clock.today() + timedelta(days=9))
    assert found() == []


@pytest.mark.parametrize(("lapsed", "kind"), [(False, "example"), (True, "fact")])
@pytest.mark.parametrize(("demo", "weight"), [(True, "look"), (False, "mend")])
def test_an_example_that_an_answer_names_is_to_mend_outside_the_demonstration(
    sound: SmallTown, settings: Settings, demo: bool, weight: str, lapsed: bool, kind: str
) -> None:
    settings.PARVIS_DEMO = demo
    make_fact("exemple", sound.planning, example=True, valid_to=date(2020, 1, 1) if lapsed else None)
    assert found() == found("look") == [(kind, "exemple")]
    mend_answer(facts="exemple")
    assert found() == found(weight) == [(kind, "exemple")]


def test_the_check_costs_the_same_at_1_and_50(sound: SmallTown, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(10):
        findings()
    for rank in range(50):
        make_fact(f"f{rank}", sound.planning, valid_to=date(2020, 1, 1))
        ExampleQuestion.objects.create(subject=sound.shed, language="fr", text=f"question {rank}")
    with django_assert_max_num_queries(10):
        assert len(findings()) == 50
