"""GTFS times on the town's clock, worked out by hand."""

from datetime import date

import pytest

from parvis.apps.schedules.rules.timetable import Service, day, elapsed, moment, on_request, seconds
from tests.schedules.makers import TORONTO


@pytest.mark.parametrize(
    ("service", "at", "expected"),
    [
        (date(2026, 11, 24), "08:05:00", "2026-11-24T08:05:00-05:00"),
        (date(2026, 11, 24), "8:05:00", "2026-11-24T08:05:00-05:00"),
        (date(2026, 11, 24), "24:00:00", "2026-11-25T00:00:00-05:00"),
        (date(2026, 11, 24), "25:10:00", "2026-11-25T01:10:00-05:00"),
        (date(2026, 12, 31), "25:10:00", "2027-01-01T01:10:00-05:00"),  # the night of New Year's Eve
        (date(2027, 3, 13), "25:30:00", "2027-03-14T01:30:00-05:00"),  # before clocks go forward
        (date(2027, 3, 13), "26:30:00", "2027-03-14T03:30:00-04:00"),  # 2 h 30 does not exist that night
        (date(2027, 3, 14), "08:05:00", "2027-03-14T08:05:00-04:00"),  # 8 h is 8 h that day
        (date(2026, 10, 31), "25:30:00", "2026-11-01T01:30:00-04:00"),  # the first 1 h 30 of that night
        (date(2026, 11, 1), "08:05:00", "2026-11-01T08:05:00-05:00"),
        (date(2026, 11, 1), "01:30:00", "2026-11-01T01:30:00-05:00"),  # the second one: noon minus 10 h 30
    ],
)
def test_a_time_of_the_feed_is_a_moment_of_the_town(service: date, at: str, expected: str) -> None:
    read = seconds(at)
    assert read is not None
    result = moment(service, read, TORONTO)

    assert result.isoformat() == expected
    assert elapsed(service, result, TORONTO) == read


@pytest.mark.parametrize("text", ["8h05", "08:60:00", "08:05", "-1:00:00", "x"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        seconds(text)


def test_an_empty_time_is_none_and_a_date_has_eight_digits() -> None:
    assert seconds(" ") is None
    assert day("20261124") == date(2026, 11, 24)
    for wrong in ("2026-11-24", "20261324", ""):
        with pytest.raises(ValueError):
            day(wrong)


WEEK = Service("1111100", date(2026, 8, 24), date(2026, 12, 24), {date(2026, 9, 7): False, date(2026, 12, 26): True})


@pytest.mark.parametrize(
    ("on", "runs"),
    [
        (date(2026, 8, 23), False),
        (date(2026, 8, 24), True),  # both ends
        (date(2026, 12, 24), True),
        (date(2026, 12, 25), False),
        (date(2026, 9, 7), False),  # Labour Day, removed
        (date(2026, 9, 8), True),
        (date(2026, 11, 28), False),  # a Saturday
        (date(2026, 12, 26), True),  # a Saturday after the end, added
    ],
)
def test_days_of_service(on: date, runs: bool) -> None:
    assert WEEK.runs(on) is runs


def test_a_service_made_of_dates_alone() -> None:
    only = Service(exceptions={date(2026, 8, 3): True})
    assert only.runs(date(2026, 8, 3)) and not only.runs(date(2026, 8, 4))


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (3, "Terminus", False),
        (1501, "Bellevue", True),
        (3, "Bellevue Taxi Sur Réservation", True),
        (3, "Taxibus", True),
        (715, "Bellevue", False),
    ],
)
def test_what_must_be_reserved(kind: int, name: str, expected: bool) -> None:
    assert on_request(kind, name) is expected
