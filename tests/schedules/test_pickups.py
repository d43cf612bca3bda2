"""Collection days, worked out by hand."""

import csv
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from parvis.apps.schedules.rules.pickups import Change, Cutoff, Kind, Rule, known_until, passages, upcoming
from parvis.apps.schedules.rules.seasons import Season, parse_season
from tests.schedules import HERE

TORONTO = ZoneInfo("America/Toronto")
GARBAGE = Rule(every=3, anchor=date(2024, 1, 3), first=date(2024, 1, 1), last=date(2024, 12, 31))
CHRISTMAS = Change(Kind.MOVED, date(2024, 12, 25), date(2024, 12, 27), ("Noël", "Christmas"))


def test_rule_and_exception_give_every_line_of_the_published_list_of_2024_and_nothing_else() -> None:
    with Path(HERE / "garbage-dates-2024.csv").open(encoding="utf-8", newline="") as lines:
        published = [date.fromisoformat(row["date"]) for row in csv.DictReader(lines)]

    result = passages([GARBAGE], [CHRISTMAS], date(2023, 1, 1), date(2025, 12, 31))

    assert [pickup.day for pickup in result] == published
    assert len(published) == 18


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2024-01-01", ["2024-01-03", "2024-01-24"]),  # before the first one
        ("2024-01-03", ["2024-01-03", "2024-01-24"]),  # the very day counts
        ("2024-01-04", ["2024-01-24", "2024-02-14"]),  # the day after
        ("2024-02-28", ["2024-03-06", "2024-03-27"]),  # a leap year
        ("2024-03-09", ["2024-03-27", "2024-04-17"]),  # clocks go forward on 10 March
        ("2024-11-02", ["2024-11-13", "2024-12-04"]),  # and back on 3 November
        ("2024-12-05", ["2024-12-27"]),  # the last one of the year, moved
        ("2024-12-25", ["2024-12-27"]),  # Christmas: nothing passes
        ("2024-12-27", ["2024-12-27"]),
        ("2024-12-28", []),  # nothing more in the calendar that was published
        ("2025-01-15", []),  # three weeks after 25 December, but not covered by the calendar
        ("2023-12-31", []),  # the calendar begins tomorrow: earlier days are unknown
    ],
)
def test_next_garbage_days(today: str, expected: list[str]) -> None:
    coming = upcoming([GARBAGE], [CHRISTMAS], date.fromisoformat(today), many=2)

    assert [pickup.day.isoformat() for pickup in coming.pickups] == expected


@pytest.mark.parametrize(
    ("today", "until"),
    [
        ("2023-12-31", None),
        ("2024-01-01", "2024-12-31"),
        ("2024-12-31", "2024-12-31"),
        ("2025-01-01", None),
    ],
)
def test_what_is_known_ends_with_the_calendar(today: str, until: str | None) -> None:
    day = known_until([GARBAGE], date.fromisoformat(today))

    assert (day.isoformat() if day else None) == until


def test_two_calendars_that_follow_one_another_are_one_and_a_day_between_them_is_a_gap() -> None:
    next_year = Rule(every=2, anchor=date(2025, 1, 7), first=date(2025, 1, 1), last=date(2025, 12, 31))
    late = Rule(every=2, anchor=date(2025, 1, 7), first=date(2025, 1, 2), last=date(2025, 12, 31))

    assert known_until([GARBAGE, next_year], date(2024, 12, 1)) == date(2025, 12, 31)
    assert [pickup.day for pickup in upcoming([GARBAGE, next_year], [CHRISTMAS], date(2024, 12, 28), 2).pickups] == [
        date(2025, 1, 7),
        date(2025, 1, 21),
    ]
    assert known_until([GARBAGE, late], date(2024, 12, 1)) == date(2024, 12, 31)
    assert upcoming([GARBAGE, late], [CHRISTMAS], date(2024, 12, 28)).pickups == ()


WINTER = Rule(every=2, anchor=date(2026, 1, 8), season=Season((12, 1), (3, 31)), first=date(2026, 1, 1))
SUMMER = Rule(every=1, anchor=date(2026, 4, 2), season=Season((4, 1), (11, 30)), first=date(2026, 1, 1))


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (
            "2026-03-19",
            ["2026-03-19", "2026-04-02"],
        ),  # the last one of winter: 2 April is both two weeks and a Thursday
        ("2026-04-01", ["2026-04-02", "2026-04-09"]),  # weekly from the first day of April
        ("2026-11-26", ["2026-11-26", "2026-12-10"]),  # the last week of the season, then every two weeks again
        ("2026-12-25", ["2027-01-07", "2027-01-21"]),  # across the new year, on the same rhythm
        ("2027-03-19", ["2027-04-01", "2027-04-08"]),  # 18 March was the last one of winter; 1 April is a Thursday
    ],
)
def test_organic_waste_changes_rhythm_with_the_season(today: str, expected: list[str]) -> None:
    coming = upcoming([WINTER, SUMMER], [], date.fromisoformat(today), many=2)

    assert [pickup.day.isoformat() for pickup in coming.pickups] == expected


def test_out_of_season_nothing_passes_and_that_is_known() -> None:
    leaves = Rule(dates=(date(2026, 10, 29), date(2026, 11, 12)), first=date(2026, 1, 1), last=date(2026, 12, 31))

    coming = upcoming([leaves], [], date(2026, 11, 13))

    assert coming.pickups == () and coming.until == date(2026, 12, 31)


def test_a_day_added_or_cancelled_and_one_moved_onto_another() -> None:
    rule = Rule(every=1, anchor=date(2026, 6, 3), first=date(2026, 1, 1), last=date(2026, 12, 31))
    changes = [
        Change(Kind.CANCELLED, date(2026, 6, 24)),
        Change(Kind.ADDED, date(2026, 6, 26)),
        Change(Kind.MOVED, date(2026, 7, 1), date(2026, 7, 8)),  # to a day that already has a collection
        Change(Kind.MOVED, date(2026, 7, 2), date(2026, 7, 3)),  # no collection on a Thursday: nothing to move
    ]

    result = passages([rule], changes, date(2026, 6, 17), date(2026, 7, 15))

    assert [pickup.day.isoformat() for pickup in result] == ["2026-06-17", "2026-06-26", "2026-07-08", "2026-07-15"]


def test_a_passage_moved_beyond_the_end_of_the_calendar_is_told_until_it_passes() -> None:
    moved = Change(Kind.MOVED, date(2024, 12, 25), date(2025, 1, 2))

    assert [pickup.day for pickup in upcoming([GARBAGE], [moved], date(2024, 12, 20)).pickups] == [date(2025, 1, 2)]
    assert [pickup.day for pickup in upcoming([GARBAGE], [moved], date(2025, 1, 2)).pickups] == [date(2025, 1, 2)]
    assert upcoming([GARBAGE], [moved], date(2025, 1, 3)).pickups == ()


FRIDAY_NOON = Cutoff(4, time(12))


@pytest.mark.parametrize(
    ("now", "may"),
    [
        ("2026-05-08T11:59:59", True),  # Friday before the week of 11 May
        ("2026-05-08T12:00:00", False),  # at noon it is too late
        ("2026-05-01T12:00:00", True),  # a week earlier
        ("2026-05-09T09:00:00", False),
        ("2026-05-11T06:00:00", False),
    ],
)
def test_can_i_still_book_for_the_week_of_11_may(now: str, may: bool) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=TORONTO)

    assert FRIDAY_NOON.open(date(2026, 5, 11), moment, TORONTO) is may
    assert FRIDAY_NOON.open(date(2026, 5, 14), moment, TORONTO) is may  # every day of that week has the same deadline


def test_noon_is_noon_of_the_town_on_both_sides_of_a_change_of_clocks() -> None:
    spring = FRIDAY_NOON.before(date(2026, 3, 9), TORONTO)  # clocks go forward on Sunday 8 March
    autumn = FRIDAY_NOON.before(date(2026, 11, 2), TORONTO)  # and back on Sunday 1 November

    assert spring.isoformat() == "2026-03-06T12:00:00-05:00"
    assert autumn.isoformat() == "2026-10-30T12:00:00-04:00"
    assert Cutoff(0, time(9)).before(date(2026, 5, 13), TORONTO).isoformat() == "2026-05-04T09:00:00-04:00"


@pytest.mark.parametrize(
    ("first", "last", "day", "inside"),
    [
        ("12-01", "03-15", date(2026, 11, 30), False),
        ("12-01", "03-15", date(2026, 12, 1), True),
        ("12-01", "03-15", date(2027, 1, 1), True),
        ("12-01", "03-15", date(2027, 3, 15), True),
        ("12-01", "03-15", date(2027, 3, 16), False),
        ("04-01", "11-30", date(2026, 4, 1), True),
        ("04-01", "11-30", date(2026, 12, 1), False),
        ("02-29", "02-29", date(2028, 2, 29), True),
    ],
)
def test_both_ends_of_a_season_are_in_it(first: str, last: str, day: date, inside: bool) -> None:
    assert parse_season(first, last).holds(day) is inside


@pytest.mark.parametrize("text", ["13-01", "02-30", "1er mars", "", "03"])
def test_what_is_no_day_of_the_year_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_season(text, "12-31")
