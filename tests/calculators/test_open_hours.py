"""Open now, next opening: cases worked by hand, in the town's time zone."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from parvis.apps.calculators.rules.open_hours import reach
from parvis.apps.directory.rules.calendar import Season, Span, WorkingCalendar

ZONE = ZoneInfo("America/Toronto")
FULL: tuple[Span, ...] = ((time(8), time(12)), (time(13), time(16, 30)))
CALENDAR = WorkingCalendar(
    ZONE,
    {0: FULL, 1: FULL, 2: FULL, 3: FULL, 4: ((time(8), time(12)),)},
    frozenset({date(2026, 12, 24), date(2026, 12, 25), date(2026, 10, 12)}),
    {date(2026, 10, 12): ("Action de grâce", "Thanksgiving")},
)


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "closes_at", "opens_at"),
    [
        (at(11, 24, 9), at(11, 24, 12), None),  # Tuesday morning, until noon
        (at(11, 24, 8), at(11, 24, 12), None),  # the opening minute
        (at(11, 24, 12), None, at(11, 24, 13)),  # the closing minute is closed; open again after lunch
        (at(11, 24, 14, 10), at(11, 24, 16, 30), None),
        (at(11, 24, 16, 30), None, at(11, 25, 8)),
        (at(11, 24, 23, 59), None, at(11, 25, 8)),
        (at(11, 27, 12, 30), None, at(11, 30, 8)),  # Friday after noon: Monday
        (at(11, 28, 10), None, at(11, 30, 8)),  # Saturday
        (at(12, 23, 17), None, at(12, 28, 8)),  # Wednesday evening; Thursday and Friday are closed: Monday 28
        (at(10, 31, 22), None, at(11, 2, 8)),  # clocks change in the night of 1 November: still 8 o'clock on Monday
        (at(10, 12, 10), None, at(10, 13, 8)),  # a holiday
    ],
)
def test_open_now_and_next_opening(moment: datetime, closes_at: datetime | None, opens_at: datetime | None) -> None:
    result = reach(CALENDAR, moment)
    assert (result.open, result.closes_at, result.opens_at) == (closes_at is not None, closes_at, opens_at)


def test_a_holiday_is_named() -> None:
    assert reach(CALENDAR, at(10, 12, 10)).closed_for == ("Action de grâce", "Thanksgiving")
    assert reach(CALENDAR, at(11, 28, 10)).closed_for is None


def test_hours_that_nobody_confirmed_say_nothing() -> None:
    result = reach(None, at(11, 24, 9))
    assert (result.known, result.open, result.opens_at) == (False, False, None)


def test_seasons_and_half_days_are_told_as_they_are() -> None:
    morning: tuple[Span, ...] = ((time(9), time(11)),)
    summer = Season((6, 22), (8, 31), dict.fromkeys(range(5), morning))
    calendar = WorkingCalendar(ZONE, CALENDAR.hours, seasons=(summer,), short={date(2026, 11, 28): morning})
    hours = {day.day: day.spans for day in reach(calendar, at(11, 24, 9)).days}
    assert hours[date(2026, 11, 28)] == morning, "a Saturday that is worked for once"
    assert hours[date(2026, 11, 25)] == FULL
    assert {day.spans for day in reach(calendar, at(7, 6, 9)).days} == {morning, ()}
