"""What a generator rests on: working time as a line, and the year of a town."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from bench.seeding import seasons
from bench.seeding.hours import WorkTime, utc
from parvis.apps.directory.rules.calendar import WorkingCalendar
from parvis.operations.demo.texts import OTHER, request_words, theme_of

pytestmark = pytest.mark.soak("seeding")

ZONE = ZoneInfo("America/Toronto")
HALVES = ((time(8, 30), time(12)), (time(13), time(16, 30)))
CALENDAR = WorkingCalendar(ZONE, {n: HALVES for n in range(5)}, frozenset({date(2026, 6, 24), date(2026, 12, 25)}))
FIRST, LAST = date(2025, 12, 1), date(2027, 3, 1)


@pytest.mark.parametrize("seed", range(20))
def test_the_line_of_working_time_agrees_with_the_calendar(seed: int) -> None:
    rng, line = Random(seed), WorkTime(CALENDAR, FIRST, LAST)
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randint(0, 480_000))
    minutes = rng.randint(1, 8000)
    there = line.add(moment.timestamp(), minutes * 60)
    assert utc(there) == CALENDAR.add_working_minutes(moment, minutes).astimezone(UTC)
    assert line.worked(there) - line.worked(moment.timestamp()) == minutes * 60
    assert line.worked(line.add(there, -minutes * 60)) == line.worked(moment.timestamp())


def test_a_moment_of_a_day_is_one_when_the_offices_are_open() -> None:
    rng, line = Random(1), WorkTime(CALENDAR, FIRST, LAST)
    day = date(2026, 3, 10)
    assert line.is_worked(day) and not line.is_worked(date(2026, 6, 24)) and not line.is_worked(date(2026, 6, 27))
    assert all(CALENDAR.is_open(utc(line.moment_of(day, rng))) for _ in range(200))


def test_each_season_brings_its_own() -> None:
    january, june, october = date(2026, 1, 15), date(2026, 6, 15), date(2026, 10, 15)

    def often(slug: str, day: date) -> float:
        return seasons.weight(theme_of(slug, slug), day, {})

    assert often("deneigement", january) > 10 * often("deneigement", june)
    assert often("piscine", june) > 10 * often("piscine", january)
    assert often("branches", october) > often("branches", january)
    assert often("paiement-taxes", date(2026, 2, 15)) > 2 * often("paiement-taxes", october)


def test_a_storm_fells_trees_for_a_few_days() -> None:
    trees = theme_of("arbre", "Arbre dangereux")
    calm, stormy = (seasons.weight(trees, date(2026, 7, 8), storm) for storm in ({}, {"wind": 1.0}))
    assert stormy > 10 * calm
    storms = seasons.storms_between(date(2024, 1, 1), date(2026, 12, 31), Random(4))
    assert {"snow", "wind", "rain", "thaw"} <= {kind for day in storms.values() for kind in day}


def test_a_subject_that_no_table_knows_is_asked_in_the_towns_own_words() -> None:
    own = ("je veux garder trois poules",)
    theme = theme_of("poules-urbaines", "Poules")
    assert theme is OTHER
    assert request_words(own, "Poules", theme, "fr", Random(2)).startswith("Je veux garder trois poules.")
    assert request_words((), "Poules urbaines", theme, "en", Random(2)).startswith("Poules urbaines.")
