"""Halls booked twice, or smaller than a group: told at load, and confirmed by whoever makes it so."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.leisure.loading import hall_warnings, load_leisure
from parvis.apps.leisure.models import Activity, Group, Hall, Season
from parvis.apps.leisure.queries.halls import JOINED, hall_trouble, trouble_of
from parvis.apps.leisure.rules.halls import Booking, overlaps
from parvis.apps.leisure.services.management import change_group, copy_season
from parvis.apps.leisure.services.refusals import HallsTaken
from parvis.operations.town.load import load
from tests.factories import SmallTown
from tests.leisure.making import make_activity, make_group, make_season
from tests.leisure.test_loading import first_group, read
from tests.town.conftest import VILLAGE

NOON = datetime(2027, 1, 12, 12, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


def booking(group: int, *, hall: int = 1, after: timedelta = timedelta(), lasts: timedelta = HOUR) -> Booking:
    return Booking(group, hall, NOON + after, NOON + after + lasts)


def named(group: Group) -> Group:
    return Group.objects.select_related(*JOINED).get(pk=group.pk)


@pytest.fixture
def clashing(season: Season, swimming: Activity) -> tuple[Group, Group]:
    """Swimming and diving, at the same hours in the pool but for thirty minutes, for ten weeks."""
    diving = make_activity("plongeon", title_fr="Plongeon", title_en="Diving")
    return make_group(season, swimming), make_group(season, diving, begins=time(18, 30))


def test_one_may_begin_when_the_other_ends_unless_the_hall_is_left_free_meanwhile() -> None:
    first, second = booking(1), booking(2, after=HOUR)
    assert overlaps([first, second], {}) == []
    (close,) = overlaps([first, second], {1: timedelta(minutes=15)})
    assert (close.starts, close.ends, close.too_close) == (first.ends, second.starts, True)
    assert overlaps([first, booking(2, hall=2)], {}) == [] and overlaps([first, booking(1)], {}) == []


def test_a_clash_says_what_two_groups_have_in_common_how_often_and_until_when() -> None:
    long = [booking(1, after=week * WEEK, lasts=5 * HOUR) for week in range(3)]
    short = [booking(2, after=week * WEEK + 2 * HOUR) for week in (0, 2)]
    (found,) = overlaps([*short, *long], {})
    assert (found.groups, found.starts, found.ends) == ((1, 2), short[0].starts, short[0].ends)
    assert (found.times, found.last, found.too_close) == (2, short[1].starts, False)
    third = booking(3, after=3 * HOUR, lasts=HOUR)
    assert [one.groups for one in overlaps([*short, *long, third], {})] == [(1, 2), (1, 3)]
    assert [one.groups for one in overlaps([*short, *long, third], {}, of={3})] == [(1, 3)]


def test_a_clash_is_told_in_words_in_both_languages(clashing: tuple[Group, Group]) -> None:
    """Point 18."""
    with override("fr"):
        (words,) = trouble_of(clashing[0].season).words
    assert words.replace("\u00a0", " ") == (
        "Piscine : Natation 3 et Plongeon en même temps, mardi, de 18 h 30 à 19 h, du 12 janvier au 16 mars 2027 "
        "(10 rencontres)"
    )
    with override("en"):
        (words,) = trouble_of(clashing[0].season).words
    assert words.startswith("Piscine: Swimming 3 and Diving at the same time, Tuesday, 6:30")
    Hall.objects.update(buffer_minutes=15)
    clashing[1].meetings.all().delete()
    one = clashing[0].meetings.earliest("starts_at")
    clashing[1].meetings.create(starts_at=one.ends_at, ends_at=one.ends_at + HOUR)
    with override("fr"):
        (words,) = trouble_of(clashing[0].season).words
    assert "moins de 15 minutes les séparent, mardi 12 janvier 2027, à 19 h" in words.replace("\u00a0", " ")


def test_a_hall_is_booked_across_seasons_and_neither_cancelled_groups_nor_the_past_count(
    clashing: tuple[Group, Group], settings: Settings
) -> None:
    swimming, diving = clashing
    Group.objects.filter(pk=diving.pk).update(season=make_season("camps"))
    (clash,) = trouble_of(swimming.season).clashes
    assert {clash.group, clash.other} == {swimming, diving}
    assert len(trouble_of(Season.objects.get(slug="camps")).clashes) == 1
    settings.PARVIS_NOW = "2027-03-17T08:00:00-04:00"  # the day after the last one
    assert not trouble_of(swimming.season)
    settings.PARVIS_NOW = "2027-03-02T08:00:00-05:00"
    assert trouble_of(swimming.season).clashes[0].times == 3
    Group.objects.filter(pk=diving.pk).update(cancelled_at=NOON)
    assert not trouble_of(swimming.season)


def test_a_group_larger_than_its_hall_is_told(season: Season, swimming: Activity) -> None:
    group = make_group(season, swimming, capacity=12)
    assert not trouble_of(season)
    Hall.objects.update(capacity=11)
    with override("fr"):
        (words,) = trouble_of(season).words
    assert words.replace("\u00a0", " ") == "Natation 3 : 12 places, alors que Piscine accueille 11 personnes"
    Season.objects.update(ends_on=date(2026, 12, 1))
    assert not hall_trouble([named(group)])


def test_the_trouble_of_a_season_costs_the_same_for_many_groups(
    season: Season, swimming: Activity, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = make_season("camps")
    for rank in range(6):
        make_group(season if rank % 2 else other, swimming, capacity=rank)
    Hall.objects.update(capacity=1)
    with django_assert_num_queries(4):
        trouble = trouble_of(season)
        assert trouble.words
    assert len(trouble.clashes) == 12 and len(trouble.crowded) == 2


def test_moving_a_group_to_a_hall_that_is_taken_is_done_once_it_is_confirmed(
    season: Season, swimming: Activity, town: SmallTown
) -> None:
    taken, mine = make_group(season, swimming), make_group(season, swimming, hall="gymnase")
    values: dict[str, Any] = {"group": mine, "capacity": 2, "instructor": None, "by": town.leisure_manager}
    with pytest.raises(HallsTaken) as asked:
        change_group(hall=taken.hall, **values)
    mine.refresh_from_db()
    assert mine.hall.slug == "gymnase" and mine.moved_at is None
    (clash,) = asked.value.trouble.clashes
    assert {clash.group, clash.other} == {mine, taken}
    make_group(season, swimming, begins=time(18, 45))  # meanwhile, another one
    with pytest.raises(HallsTaken) as again:
        change_group(hall=taken.hall, seen=asked.value.trouble.mark, **values)
    assert len(again.value.trouble.clashes) == 2
    change_group(hall=taken.hall, seen=again.value.trouble.mark, **values)
    mine.refresh_from_db()
    assert mine.hall == taken.hall and mine.moved_at
    change_group(hall=taken.hall, **values | {"capacity": 5})  # nothing new is wrong: nothing is asked


def test_more_places_than_the_hall_holds_are_confirmed_and_fewer_ask_nothing(
    season: Season, swimming: Activity, town: SmallTown
) -> None:
    group = make_group(season, swimming, capacity=10)
    Hall.objects.update(capacity=12)
    values: dict[str, Any] = {"group": group, "instructor": None, "by": town.leisure_manager}
    change_group(capacity=12, **values)
    with pytest.raises(HallsTaken) as asked:
        change_group(capacity=15, **values)
    group.refresh_from_db()
    assert group.capacity == 12
    change_group(capacity=15, seen=asked.value.trouble.mark, **values)
    change_group(capacity=14, **values)
    group.refresh_from_db()
    assert group.capacity == 14


def test_copying_a_season_whose_halls_are_booked_twice_is_confirmed(
    clashing: tuple[Group, Group], town: SmallTown
) -> None:
    values: dict[str, Any] = {
        "source": clashing[0].season,
        "slug": "printemps-2027",
        "title_fr": "Printemps 2027",
        "title_en": "",
        "starts_on": date(2027, 4, 5),
        "by": town.leisure_manager,
    }
    with pytest.raises(HallsTaken) as asked:
        copy_season(**values)
    assert not Season.objects.filter(slug="printemps-2027").exists()
    made = copy_season(seen=asked.value.trouble.mark, **values)
    assert made.groups.count() == 2 and len(trouble_of(made).clashes) == 1


def test_loading_the_files_of_a_town_warns_of_its_halls(opened: None) -> None:
    values: dict[str, Any] = {
        "hall": "salle",
        "weekday": "fri",
        "hours": {"from": "20:00", "until": "20:50"},
        "first": None,
    }
    load_leisure(leisure=first_group(**values), demo=True)
    (warning,) = hall_warnings(leisure=first_group(**values))
    assert warning.startswith("leisure.yaml: Village hall: ") and "Choir" in warning and "at the same time" in warning
    Hall.objects.filter(slug="patinoire").update(capacity=3)
    assert len(hall_warnings(leisure=first_group(**values))) == 3  # and the two groups of the rink
    assert hall_warnings(leisure=None) == []


@pytest.mark.django_db
def test_the_report_of_a_town_has_the_warnings_of_its_halls(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-12-02T12:00:00-05:00"
    assert not [line for line in load(VILLAGE, demo=True).warnings if "leisure.yaml" in line]


def test_a_hall_chosen_in_the_product_is_kept_by_the_next_load(town: SmallTown, opened: None) -> None:
    load_leisure(leisure=read(), demo=True)
    group = Group.objects.select_related("hall").get(slug="patin-mardi")
    hall = Hall.objects.get(slug="salle")
    change_group(group=group, capacity=8, instructor=None, hall=hall, by=town.leisure_manager)
    _tallies, kept = load_leisure(leisure=read(), demo=True)
    group.refresh_from_db()
    assert group.hall == hall and kept == ["group patin-mardi: hall: chosen in the product"]


@pytest.mark.django_db
def test_a_hall_says_how_many_people_it_holds(town: SmallTown) -> None:
    file = read()
    halls = [hall.model_copy(update={"capacity": 25}) for hall in file.halls]
    load_leisure(leisure=file.model_copy(update={"halls": halls}), demo=True)
    assert set(Hall.objects.values_list("capacity", flat=True)) == {25}
