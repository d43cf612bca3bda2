from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.apps.directory.rules.calendar import CalendarError, WorkingCalendar, days_of, parse_hours, quebec_holidays

MONTREAL = ZoneInfo("America/Toronto")
DAY = ((time(8), time(12)), (time(13), time(16, 30)))
FRIDAY = ((time(8), time(12)),)
CLOSED = days_of(date(2024, 12, 24), date(2025, 1, 2)) | {date(2026, 6, 24), date(2026, 7, 1)}
TOWN = WorkingCalendar(MONTREAL, {0: DAY, 1: DAY, 2: DAY, 3: DAY, 4: DAY}, CLOSED)
SHORT_FRIDAY = WorkingCalendar(MONTREAL, {0: DAY, 1: DAY, 2: DAY, 3: DAY, 4: FRIDAY})
ALWAYS = WorkingCalendar(MONTREAL, dict.fromkeys(range(7), ((time(0), time(0)),)))

moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def at(text: str) -> datetime:
    """A Montréal datetime: "2026-02-09 16:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=MONTREAL)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-02-09", True),
        ("2026-02-14", False),
        ("2026-02-15", False),
        ("2026-06-24", False),
        ("2024-12-30", False),
        ("2025-01-03", True),
    ],
)
def test_a_day_is_worked_unless_weekend_or_closed(day: str, worked: bool) -> None:
    assert TOWN.is_working_day(date.fromisoformat(day)) is worked


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        ("2024-12-20", 1, "2024-12-23"),
        ("2024-12-20", 2, "2025-01-03"),
        ("2024-12-20", 5, "2025-01-08"),
        ("2026-02-09", 0, "2026-02-09"),
        ("2026-02-14", 0, "2026-02-16"),
        ("2026-02-14", 1, "2026-02-16"),
        ("2026-02-16", -1, "2026-02-13"),
        ("2026-02-15", -1, "2026-02-13"),
        ("2025-01-03", -2, "2024-12-20"),
        ("2026-06-23", 1, "2026-06-25"),
    ],
)
def test_working_days_are_added_over_weekends_and_closures(day: str, n: int, expected: str) -> None:
    assert TOWN.add_working_days(date.fromisoformat(day), n) == date.fromisoformat(expected)


def test_the_next_working_day_is_strictly_later() -> None:
    assert TOWN.next_working_day(date(2026, 2, 9)) == date(2026, 2, 10)
    assert TOWN.next_working_day(date(2026, 2, 13)) == date(2026, 2, 16)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("2026-02-09", "2026-02-09", 0),
        ("2026-02-09", "2026-02-16", 5),
        ("2026-02-16", "2026-02-09", -5),
        ("2026-02-14", "2026-02-15", 0),
        ("2024-12-20", "2025-01-08", 5),
        ("2019-12-30", "2020-01-02", 3),  # years without known closures
        ("2020-01-02", "2018-12-31", -263),
    ],
)
def test_working_days_are_counted_after_the_first_up_to_the_last(a: str, b: str, expected: int) -> None:
    assert TOWN.working_days_between(date.fromisoformat(a), date.fromisoformat(b)) == expected


@given(days, st.integers(1, 60))
def test_what_is_added_is_what_is_counted(day: date, n: int) -> None:
    later = TOWN.add_working_days(day, n)
    assert TOWN.is_working_day(later)
    assert TOWN.working_days_between(day, later) == n
    assert TOWN.add_working_days(later, -n) <= TOWN.working_day_from(day)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-02-09 09:15", "2026-02-09 09:15"),
        ("2026-02-09 08:00", "2026-02-09 08:00"),
        ("2026-02-09 06:00", "2026-02-09 08:00"),
        ("2026-02-09 12:00", "2026-02-09 13:00"),
        ("2026-02-09 12:20", "2026-02-09 13:00"),
        ("2026-02-09 16:30", "2026-02-10 08:00"),
        ("2026-02-13 18:00", "2026-02-16 08:00"),
        ("2026-02-14 10:00", "2026-02-16 08:00"),
        ("2024-12-23 17:00", "2025-01-03 08:00"),
    ],
)
def test_outside_hours_counts_as_the_next_opening(moment: str, expected: str) -> None:
    assert TOWN.opening(at(moment)) == at(expected).astimezone(UTC)
    assert TOWN.is_open(at(moment)) is (moment == expected)


@pytest.mark.parametrize(
    ("moment", "minutes", "expected"),
    [
        ("2026-02-09 09:00", 60, "2026-02-09 10:00"),
        ("2026-02-09 11:30", 60, "2026-02-09 13:30"),
        ("2026-02-09 11:00", 60, "2026-02-09 12:00"),
        ("2026-02-09 16:00", 30, "2026-02-09 16:30"),
        ("2026-02-09 16:00", 31, "2026-02-10 08:01"),
        ("2026-02-13 16:00", 240, "2026-02-16 11:30"),
        ("2026-02-14 03:00", 0, "2026-02-16 08:00"),
        ("2026-02-09 08:00", 450, "2026-02-09 16:30"),
        ("2024-12-23 16:00", 60, "2025-01-03 08:30"),
    ],
)
def test_working_minutes_stop_at_noon_at_night_and_on_holidays(moment: str, minutes: int, expected: str) -> None:
    assert TOWN.add_working_minutes(at(moment), minutes) == at(expected).astimezone(UTC)


@given(moments, st.integers(0, 20_000))
def test_minutes_added_are_minutes_counted(moment: datetime, minutes: int) -> None:
    later = TOWN.add_working_minutes(moment, minutes)
    assert later >= moment
    assert TOWN.working_minutes_between(moment, later) == minutes


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("2026-02-09 09:00", "2026-02-09 10:00", 60),
        ("2026-02-09 10:00", "2026-02-09 09:00", -60),
        ("2026-02-09 09:00", "2026-02-10 09:00", 450),
        ("2026-02-13 16:00", "2026-02-16 08:30", 60),
        ("2026-02-14 09:00", "2026-02-15 09:00", 0),
        ("2026-02-09 12:05", "2026-02-09 12:55", 0),
    ],
)
def test_only_working_minutes_are_counted(a: str, b: str, expected: int) -> None:
    assert TOWN.working_minutes_between(at(a), at(b)) == expected


@pytest.mark.parametrize(
    ("moment", "hours", "expected"),
    [
        ("2026-03-07T12:00:00-05:00", 24, "2026-03-08T13:00:00-04:00"),
        ("2026-10-31T12:00:00-04:00", 24, "2026-11-01T11:00:00-05:00"),
        ("2026-03-08T01:30:00-05:00", 1, "2026-03-08T03:30:00-04:00"),
    ],
)
def test_an_hour_stays_an_hour_when_clocks_change(moment: str, hours: int, expected: str) -> None:
    assert ALWAYS.add_working_minutes(datetime.fromisoformat(moment), hours * 60) == datetime.fromisoformat(expected)


def test_a_day_that_loses_an_hour_has_twenty_three() -> None:
    assert ALWAYS.working_minutes_between(at("2026-03-08 00:00"), at("2026-03-09 00:00")) == 23 * 60
    assert ALWAYS.working_minutes_between(at("2026-11-01 00:00"), at("2026-11-02 00:00")) == 25 * 60


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [("2026-02-09", "08:00", "16:30"), ("2026-02-13", "08:00", "12:00"), ("2026-02-14", "00:00", "23:59")],
)
def test_a_day_starts_and_ends_with_its_own_hours(day: str, start: str, end: str) -> None:
    when = date.fromisoformat(day)
    assert SHORT_FRIDAY.start_of_day(when).isoformat() == f"{day}T{start}:00-05:00"
    assert SHORT_FRIDAY.end_of_day(when).isoformat() == f"{day}T{end}:00-05:00"


def test_moments_come_back_on_the_clock_of_the_town() -> None:
    assert TOWN.opening(datetime(2026, 7, 6, 10, tzinfo=UTC)).isoformat() == "2026-07-06T08:00:00-04:00"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        TOWN.opening(datetime(2026, 2, 9, 9))


def test_negative_working_time_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        TOWN.add_working_minutes(at("2026-02-09 09:00"), -1)


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ({}, "no working hours"),
        ({0: ()}, "no working hours"),
        ({7: DAY, 0: DAY}, "weekday 7"),
        ({0: ((time(12), time(8)),)}, "end before they begin"),
        ({0: ((time(8), time(12)), (time(11), time(16)))}, "overlap"),
        ({0: ((time(8), time(0)), (time(11), time(16)))}, "overlap"),
    ],
)
def test_senseless_hours_are_refused_at_once(hours: dict[int, tuple[tuple[time, time], ...]], message: str) -> None:
    with pytest.raises(CalendarError, match=message):
        WorkingCalendar(MONTREAL, hours)


def test_a_calendar_closed_for_ever_says_so_instead_of_searching_for_ever() -> None:
    shut = WorkingCalendar(MONTREAL, {0: DAY}, days_of(date(2026, 1, 1), date(2040, 1, 1)))
    with pytest.raises(CalendarError, match="no working day within ten years"):
        shut.next_working_day(date(2026, 2, 9))
    with pytest.raises(CalendarError, match="no working day within ten years"):
        shut.add_working_minutes(at("2026-02-09 09:00"), 10)


def test_hours_are_read_from_the_town_file() -> None:
    raw = {"mon": [["08:00", "12:00"], ["13:00", "16:30"]], "fri": [["08:00", "12:00"]], "sat": []}
    assert parse_hours(raw) == {0: DAY, 4: FRIDAY, 5: ()}


@pytest.mark.parametrize("raw", [{"lundi": [["08:00", "12:00"]]}, {"mon": [["8h"]]}, {"mon": [["08:00", "25:00"]]}])
def test_hours_that_cannot_be_read_name_their_day(raw: dict[str, list[list[str]]]) -> None:
    with pytest.raises(CalendarError, match=next(iter(raw))):
        parse_hours(raw)


def test_a_closure_is_expanded_day_by_day() -> None:
    assert len(days_of(date(2024, 12, 24), date(2025, 1, 2))) == 10
    assert days_of(date(2026, 2, 9)) == {date(2026, 2, 9)}
    with pytest.raises(CalendarError, match="before it starts"):
        days_of(date(2026, 2, 9), date(2026, 2, 8))


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2026, "01-01 04-03 05-18 06-24 07-01 09-07 10-12 12-25"),
        (2027, "01-01 03-26 05-24 06-24 07-01 09-06 10-11 12-25"),
        (2029, "01-01 03-30 05-21 06-24 06-25 07-02 09-03 10-08 12-25"),
        (2018, "01-01 03-30 05-21 06-24 06-25 07-02 09-03 10-08 12-25"),
    ],
)
def test_quebec_holidays_follow_the_law(year: int, expected: str) -> None:
    assert [day.isoformat()[5:] for day in quebec_holidays([year])] == expected.split()


def test_patriots_day_is_the_monday_before_25_may_and_every_holiday_has_both_names() -> None:
    for year in range(2024, 2046):
        result = quebec_holidays([year])
        patriots = next(day for day, names in result.items() if "patriotes" in names[0])
        assert patriots.weekday() == 0
        assert date(year, 5, 25) - timedelta(days=7) <= patriots < date(year, 5, 25)
        assert all(fr != en for fr, en in result.values())
        assert sum("Canada" in en for _fr, en in result.values()) == 1
