"""Which version of a fact is in force: in an area of the town, and on a past day."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from parvis.apps.content.models import Fact
from parvis.apps.content.queries import answers
from parvis.apps.content.queries.facts import facts_for, facts_then
from parvis.apps.content.services.content import set_fact
from parvis.apps.directory.models import Actor
from parvis.apps.places.models import Sector
from tests.content.makers import DAY, draft_answer, make_fact
from tests.factories import SmallTown


def given_on(day: int, **values: Any) -> dict[str, Any]:
    return {"created_at": datetime(2026, 3, day, 15, tzinfo=UTC), **values}


@pytest.fixture
def shore(db: None) -> Sector:
    return Sector.objects.create(slug="rive", kind="quartier", name_fr="La rive", name_en="The shore")


def test_what_an_area_has_of_its_own_stands_first_there_and_nowhere_else(town: SmallTown, shore: Sector) -> None:
    make_fact("tarif", town.planning, value=5000)
    make_fact("tarif", town.planning, value=7500, area=shore)
    assert facts_for(["tarif"], DAY, [])["tarif"].value == 5000
    assert facts_for(["tarif"], DAY, [shore.pk])["tarif"].value == 7500
    answer = draft_answer(town.shed, town.planning, short_fr="Coût: {fact:tarif}")
    assert answers.render(answer, "fr", today=DAY).short.plain == "Coût: 50\u00a0$"


@pytest.mark.parametrize(
    "dates", [{"valid_to": date(2026, 11, 23)}, {"valid_from": date(2026, 11, 25)}], ids=["lapsed", "not begun"]
)
def test_an_area_whose_own_value_does_not_stand_has_that_of_the_town(
    town: SmallTown, shore: Sector, dates: dict[str, date]
) -> None:
    make_fact("tarif", town.planning, value=5000)
    make_fact("tarif", town.planning, value=7500, area=shore, **dates)
    assert facts_for(["tarif"], DAY, [shore.pk])["tarif"].value == 5000


def test_a_new_value_in_an_area_leaves_the_towns_alone_and_keeps_the_history(town: SmallTown, shore: Sector) -> None:
    make_fact("tarif", town.planning, value=5000)
    common = {
        "key": "tarif", "kind": "money", "label_fr": "Tarif", "label_en": "Fee", "owner": town.planning,
        "source_title": "Règlement",
    }  # fmt: skip
    set_fact(**common, value=7500, area=shore, by=Actor.system())  # type: ignore[arg-type]
    set_fact(**common, value=8000, area=shore, by=Actor.system())  # type: ignore[arg-type]
    rows = Fact.objects.order_by("pk").values_list("value", "area__slug")
    assert list(rows) == [(5000, None), (7500, "rive"), (8000, "rive")]
    assert sorted(Fact.objects.filter(replaced_at=None).values_list("value", flat=True)) == [5000, 8000]


def test_a_past_day_shows_what_stood_then_though_it_was_replaced(town: SmallTown) -> None:
    old = make_fact("tarif", town.planning, **given_on(1, value=4000, replaced_at=given_on(20)["created_at"]))
    new = make_fact("tarif", town.planning, **given_on(20, value=5000))
    [before] = facts_then(["tarif"], date(2026, 3, 10))
    [during] = facts_then(["tarif"], date(2026, 3, 20))
    [after] = facts_then(["tarif"], date(2026, 3, 21))
    [early] = facts_then(["tarif"], date(2026, 2, 1))
    assert (before.versions, during.versions, after.versions) == ((old,), (old, new), (new,))
    assert early.stood is None


def test_a_value_that_begins_later_did_not_stand_before_its_day(town: SmallTown) -> None:
    old = make_fact("tarif", town.planning, **given_on(1, value=4000, replaced_at=given_on(5)["created_at"]))
    new = make_fact("tarif", town.planning, **given_on(5, value=5000, valid_from=date(2026, 4, 1)))
    stood = {day: facts_then(["tarif"], day)[0].stood for day in (date(2026, 3, 31), date(2026, 4, 1))}
    assert stood == {date(2026, 3, 31): old, date(2026, 4, 1): new}


def test_what_was_learned_afterwards_of_a_day_is_told_apart_from_what_was_said(town: SmallTown) -> None:
    previous = make_fact("tarif", town.planning, **given_on(1, value=4000, replaced_at=given_on(20)["created_at"]))
    true = make_fact("tarif", town.planning, **given_on(20, value=5000, valid_from=date(2026, 3, 1)))
    [then] = facts_then(["tarif"], date(2026, 3, 10))
    assert (then.stood, then.learned) == (previous, true)


def test_many_facts_of_a_past_day_cost_one_query(town: SmallTown, django_assert_num_queries: Any) -> None:
    for count in (1, 50):
        keys = [f"f{count}.{rank}" for rank in range(count)]
        for key in keys:
            make_fact(key, town.planning)
        with django_assert_num_queries(1):
            assert len(facts_then(keys, DAY)) == count
