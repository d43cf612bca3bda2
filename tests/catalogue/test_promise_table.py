"""Promised dates as one table, including the worked example of the requirements. No database."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parvis.apps.catalogue.rules.clocks import (
    Clock,
    State,
    honest_date,
    parse_wait,
    reminder_times,
    wait_ends,
    wait_left,
)
from parvis.apps.catalogue.rules.promises import Pause, counted_words, parse_duration, promise
from parvis.apps.directory.rules.calendar import (
    CalendarError,
    Season,
    WorkingCalendar,
    days_of,
    parse_season,
    quebec_holidays,
)

MONTREAL = ZoneInfo("America/Toronto")
DAY = ((time(8), time(12)), (time(13), time(16, 30)))
SUMMER_DAY = ((time(7, 30), time(12)), (time(12, 30), time(16)))
SUMMER = Season((6, 15), (9, 7), dict.fromkeys(range(4), SUMMER_DAY) | {4: ((time(7, 30), time(11, 30)),)})
HOLIDAYS = quebec_holidays(range(2024, 2031))
TOWN = WorkingCalendar(
    zone=MONTREAL,
    hours=dict.fromkeys(range(5), DAY),
    closed=frozenset(HOLIDAYS)
    | days_of(date(2024, 12, 24), date(2025, 1, 2))
    | days_of(date(2026, 12, 24), date(2027, 1, 3))
    | {date(2026, 4, 6)},
    names=HOLIDAYS,
    seasons=(SUMMER,),
    short={date(2026, 12, 23): DAY[:1], date(2026, 4, 2): DAY[:1], date(2026, 11, 28): ((time(9), time(11)),)},
)
WAIT = "10d"


def at(text: str) -> datetime:
    """A Montréal datetime: "2026-02-09 16:30"; "*" selects the second occurrence when clocks go back."""
    return datetime.fromisoformat(text.rstrip("*")).replace(tzinfo=MONTREAL, fold=int(text.endswith("*")))


def local(moment: datetime) -> str:
    return moment.astimezone(MONTREAL).strftime("%Y-%m-%d %H:%M")


def read(pauses: str) -> list[tuple[str, str]]:
    """ "02-10 10:00 > 02-11 10:00, ..." as (from, until)."""
    result = []
    for span in filter(None, pauses.split(", ")):
        since, _, until = span.partition(" > ")
        result.append((since, until))
    return result


def due_after(opened: str, duration: str, pauses: str) -> datetime:
    """The due date after all pauses, each limited by WAIT."""
    promised = promise(at(opened), duration, TOWN)
    clock, past = Clock(promised.due_at, promised.duration), list[Pause]()
    for since, until in read(pauses):
        began = at(since)
        ends = wait_ends([*past, (began, None)], parse_wait(WAIT), TOWN)
        assert ends is not None
        past.append((began, min(at(until), ends)))
        clock = clock.pause(began).resume(min(at(until), ends), TOWN)
    return clock.due_at


TABLE = [
    # opened, duration, pauses, due
    # the worked example: closed from 24 December to 2 January inclusive
    ("2024-12-20 15:40", "5d", "", "2025-01-08 15:40"),
    # business days: the same time of day, counted from the next working day
    ("2026-02-09 10:00", "1d", "", "2026-02-10 10:00"),
    ("2026-02-09 10:00", "5d", "", "2026-02-16 10:00"),
    ("2026-02-13 16:00", "1d", "", "2026-02-16 16:00"),
    ("2026-02-09 10:00", "20d", "", "2026-03-09 10:00"),
    ("2026-02-09 07:15", "1d", "", "2026-02-10 08:00"),
    ("2026-02-09 16:30", "1d", "", "2026-02-11 08:00"),
    ("2026-02-14 11:00", "2d", "", "2026-02-18 08:00"),
    ("2026-02-09 12:30", "3d", "", "2026-02-12 13:00"),
    ("2026-02-09 10:00", "0d", "", "2026-02-09 16:30"),
    ("2026-02-09 18:00", "0d", "", "2026-02-10 16:30"),
    # statutory holidays: Good Friday and the town's Easter Monday, Patriots, 24 June, 1 July, Labour Day, Thanksgiving
    ("2026-04-01 10:00", "2d", "", "2026-04-07 10:00"),
    ("2026-05-15 10:00", "1d", "", "2026-05-19 10:00"),
    ("2026-06-23 09:00", "1d", "", "2026-06-25 09:00"),
    ("2026-06-30 09:00", "1d", "", "2026-07-02 09:00"),
    ("2026-09-04 09:00", "1d", "", "2026-09-08 09:00"),
    ("2026-10-09 14:00", "1d", "", "2026-10-13 14:00"),
    # observed dates: 24 June 2029 is a Sunday, observed on the 25th; 1 July 2029 too, observed on the 2nd
    ("2029-06-22 09:00", "1d", "", "2029-06-26 09:00"),
    ("2029-06-29 09:00", "1d", "", "2029-07-03 09:00"),
    # the 1st of July 2028 is a Saturday: nothing moves
    ("2028-06-30 09:00", "1d", "", "2028-07-03 09:00"),
    # half days: until noon on 23 December and on the Thursday before Easter; a Saturday morning that is worked
    ("2026-12-22 14:00", "1d", "", "2026-12-23 14:00"),
    ("2026-12-22 14:00", "4h", "", "2026-12-23 09:30"),
    ("2026-12-23 09:00", "4h", "", "2027-01-04 09:00"),
    ("2026-12-23 11:00", "0d", "", "2026-12-23 12:00"),
    ("2026-12-23 13:00", "1d", "", "2027-01-05 08:00"),
    ("2026-04-02 13:00", "1h", "", "2026-04-07 09:00"),
    ("2026-11-27 16:00", "1h", "", "2026-11-28 09:30"),
    ("2026-11-27 10:00", "1d", "", "2026-11-28 10:00"),
    # lunch
    ("2026-02-09 11:00", "2h", "", "2026-02-09 14:00"),
    ("2026-02-09 12:10", "1h", "", "2026-02-09 14:00"),
    ("2026-02-09 11:00", "1h", "", "2026-02-09 12:00"),
    # working hours
    ("2026-02-09 09:00", "2h", "", "2026-02-09 11:00"),
    ("2026-02-13 15:30", "4h", "", "2026-02-16 11:00"),
    ("2026-02-14 03:00", "1h", "", "2026-02-16 09:00"),
    ("2024-12-23 15:30", "2h", "", "2025-01-03 09:00"),
    ("2026-02-09 08:00", "15h", "", "2026-02-10 16:30"),
    # seasons: summer hours from 15 June to 7 September, half past seven, short lunch, Fridays until half past eleven
    ("2026-06-12 16:00", "2h", "", "2026-06-15 09:00"),
    ("2026-07-06 11:30", "1h", "", "2026-07-06 13:00"),
    ("2026-07-10 11:00", "1h", "", "2026-07-13 08:00"),
    ("2026-07-09 15:00", "1d", "", "2026-07-10 15:00"),
    ("2026-07-10 14:00", "1d", "", "2026-07-14 07:30"),
    ("2026-07-06 07:00", "0d", "", "2026-07-06 16:00"),
    ("2026-07-10 08:00", "0d", "", "2026-07-10 11:30"),
    ("2026-09-04 11:00", "2h", "", "2026-09-08 09:30"),
    # on call: day and night, through holidays
    ("2026-02-13 22:00", "4H", "", "2026-02-14 02:00"),
    ("2024-12-24 23:00", "24H", "", "2024-12-25 23:00"),
    ("2026-12-31 23:30", "1H", "", "2027-01-01 00:30"),
    ("2026-06-24 03:00", "2H", "", "2026-06-24 05:00"),
    # clock changes: forward on 8 March 2026 at 2, back on 1 November 2026 at 2
    ("2026-03-07 23:00", "4H", "", "2026-03-08 04:00"),
    ("2026-10-31 23:00", "4H", "", "2026-11-01 02:00"),
    ("2026-11-01 01:30", "1H", "", "2026-11-01 01:30"),
    ("2026-11-01 01:30*", "1H", "", "2026-11-01 02:30"),
    ("2026-03-08 01:59", "1H", "", "2026-03-08 03:59"),
    ("2026-03-07 12:00", "24H", "", "2026-03-08 13:00"),
    ("2026-03-06 10:00", "1d", "", "2026-03-09 10:00"),
    ("2026-03-06 16:00", "1h", "", "2026-03-09 08:30"),
    ("2026-10-30 16:00", "1h", "", "2026-11-02 08:30"),
    ("2026-10-30 10:00", "1d", "", "2026-11-02 10:00"),
    ("2026-03-07 02:30", "1D", "", "2026-03-08 03:30"),
    ("2026-10-31 01:30", "1D", "", "2026-11-01 01:30"),
    # calendar days, fixed dates
    ("2026-02-09 10:00", "20D", "", "2026-03-01 10:00"),
    ("2026-12-20 10:00", "10D", "", "2026-12-30 10:00"),
    ("2026-02-09 10:00", "06-30", "", "2026-06-30 16:00"),
    ("2026-06-30 08:00", "06-30", "", "2027-06-30 16:00"),
    ("2026-02-09 10:00", "12-25", "", "2026-12-25 23:59"),
    # pauses: the paused working time is added
    ("2026-02-09 10:00", "5d", "2026-02-10 10:00 > 2026-02-11 10:00", "2026-02-17 10:00"),
    ("2026-02-09 10:00", "5d", "2026-02-10 10:00 > 2026-02-10 11:00", "2026-02-16 11:00"),
    ("2026-02-09 10:00", "5d", "2026-02-10 18:00 > 2026-02-11 07:00", "2026-02-16 10:00"),
    ("2026-02-09 10:00", "4h", "2026-02-09 11:00 > 2026-02-09 14:00", "2026-02-10 08:30"),
    ("2026-02-09 20:00", "4H", "2026-02-09 21:00 > 2026-02-09 22:30", "2026-02-10 01:30"),
    ("2026-06-11 10:00", "5d", "2026-06-12 08:00 > 2026-06-15 07:30", "2026-06-19 09:30"),
    ("2026-12-21 10:00", "5d", "2026-12-23 08:00 > 2027-01-04 08:00", "2027-01-06 15:00"),
    # a pause over the night when clocks go forward lasts eleven hours, not twelve
    ("2026-03-07 18:00", "4H", "2026-03-07 20:00 > 2026-03-08 08:00", "2026-03-08 10:00"),
    # limit: ten business days of pause in all
    ("2026-02-09 10:00", "5d", "2026-02-10 10:00 > 2026-02-24 10:00", "2026-03-02 10:00"),
    ("2026-02-09 10:00", "5d", "2026-02-10 10:00 > 2026-03-20 10:00", "2026-03-02 10:00"),
    (
        "2026-02-09 10:00",
        "5d",
        "2026-02-10 10:00 > 2026-02-18 10:00, 2026-02-19 10:00 > 2026-03-20 10:00",
        "2026-03-02 10:00",
    ),
    (
        "2026-02-09 10:00",
        "5d",
        "2026-02-10 10:00 > 2026-02-24 10:00, 2026-02-25 10:00 > 2026-03-20 10:00",
        "2026-03-02 10:00",
    ),
    ("2026-02-09 10:00", "06-30", "2026-02-10 10:00 > 2026-05-10 10:00", "2026-06-30 16:00"),
]


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 60
    assert len({row[:3] for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize(("opened", "duration", "pauses", "due"), TABLE)
def test_what_is_promised(opened: str, duration: str, pauses: str, due: str) -> None:
    assert local(due_after(opened, duration, pauses)) == due


minutes_of_a_year = st.integers(0, 365 * 24 * 60)


@settings(max_examples=40)
@given(minutes_of_a_year, st.integers(1, 6))
def test_working_hours_are_what_counting_minute_by_minute_gives(minute: int, hours: int) -> None:
    opened = datetime(2026, 1, 5, 13, tzinfo=UTC) + timedelta(minutes=minute)
    moment, left = opened, hours * 60
    while left:
        local = moment.astimezone(MONTREAL)
        left -= any(a <= local.time() < b for a, b in TOWN.hours_of(local.date()))
        moment += timedelta(minutes=1)
    assert promise(opened, f"{hours}h", TOWN).due_at == moment


# --- Limit on pauses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pauses", "longest", "left", "ends"),
    [
        ("2026-02-10 10:00 > ", "10d", 10, "2026-02-24 10:00"),
        ("2026-02-10 18:00 > ", "1d", 1, "2026-02-12 08:00"),
        ("2026-02-10 10:00 > 2026-02-13 09:00, 2026-02-16 10:00 > ", "10d", 7, "2026-02-25 10:00"),
        ("2026-02-10 10:00 > 2026-03-13 09:00, 2026-03-16 10:00 > ", "10d", 0, "2026-03-16 10:00"),
        ("2026-02-10 10:00 > ", "0d", 0, "2026-02-10 10:00"),
        ("2026-12-23 10:00 > ", "2d", 2, "2027-01-05 10:00"),
        ("2026-02-10 10:00 > ", "30D", 30, "2026-03-12 10:00"),
        ("2026-02-10 10:00 > 2026-02-14 09:00, 2026-02-16 10:00 > ", "10D", 6, "2026-02-22 10:00"),
        ("2026-02-10 10:00 > 2026-02-14 09:00", "10D", 6, None),
    ],
)
def test_waiting_has_an_end(pauses: str, longest: str, left: int, ends: str | None) -> None:
    moments = [(at(since), at(until) if until else None) for since, until in read(pauses)]
    wait = parse_wait(longest)
    assert wait_left(moments, wait, TOWN) == left
    moment = wait_ends(moments, wait, TOWN)
    assert (local(moment) if moment else None) == ends


@pytest.mark.parametrize("text", ["4h", "2H", "06-30", "", "20"])
def test_a_longest_wait_is_a_number_of_days(text: str) -> None:
    with pytest.raises(ValueError, match=r"number of days|no duration"):
        parse_wait(text)


# --- Reminders and new dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "duration", "pauses", "half", "most", "last"),
    [
        # 37 h 30 of work: half of it is 18 h 45
        ("2026-02-09 08:00", "5d", "", "2026-02-11 11:45", "2026-02-12 16:30", "2026-02-13 11:45"),
        ("2026-02-09 10:00", "2h", "", "2026-02-09 11:00", "2026-02-09 11:36", "2026-02-09 11:45"),
        ("2026-02-13 22:00", "4H", "", "2026-02-14 00:00", "2026-02-14 01:12", "2026-02-14 01:36"),
        ("2026-03-07 23:00", "4H", "", "2026-03-08 01:00", "2026-03-08 03:12", "2026-03-08 03:36"),
        ("2026-02-09 10:00", "10D", "", "2026-02-14 10:00", "2026-02-17 10:00", "2026-02-18 10:00"),
        # a pause of a day moves them by a day
        (
            "2026-02-09 08:00",
            "5d",
            "2026-02-10 08:00 > 2026-02-11 08:00",
            "2026-02-12 11:45",
            "2026-02-13 16:30",
            "2026-02-16 11:45",
        ),
    ],
)
def test_the_owner_is_warned_at_half_and_at_four_fifths_then_the_citizen_is_told(
    opened: str, duration: str, pauses: str, half: str, most: str, last: str
) -> None:
    due = due_after(opened, duration, pauses)
    over: list[Pause] = [(at(since), at(until)) for since, until in read(pauses)]
    result = reminder_times(at(opened), due, over, parse_duration(duration), TOWN)
    assert [local(moment) for moment in result] == [half, most, last]


@given(minutes_of_a_year, st.sampled_from(["0d", "1d", "5d", "21d", "1h", "4h", "1H", "48H", "1D", "30D", "06-30"]))
def test_bells_ring_in_order_between_the_opening_and_the_promise(minute: int, duration: str) -> None:
    opened = datetime(2026, 1, 5, 13, tzinfo=UTC) + timedelta(minutes=minute)
    promised = promise(opened, duration, TOWN)
    result = reminder_times(opened, promised.due_at, [], promised.duration, TOWN)
    assert opened <= result[0] <= result[1] <= result[2] < promised.due_at


@pytest.mark.parametrize(
    ("due", "duration", "usual", "spent", "expected"),
    [
        ("2026-02-13 10:00", "5d", 0, 0, "2026-02-18 16:30"),
        ("2026-02-13 10:00", "5d", 12, 5, "2026-02-24 16:30"),
        ("2026-02-13 10:00", "5d", 4, 5, "2026-02-18 16:30"),
        ("2026-02-13 10:00", "1d", 0, 0, "2026-02-16 16:30"),
        ("2026-12-23 10:00", "1d", 0, 0, "2027-01-04 16:30"),
        ("2026-02-13 16:00", "4h", 0, 0, "2026-02-16 11:30"),
        ("2026-02-13 23:00", "4H", 0, 0, "2026-02-14 03:00"),
        ("2026-02-13 10:00", "14D", 0, 0, "2026-02-20 16:30"),
    ],
)
def test_an_honest_new_date_follows_what_such_requests_take(
    due: str, duration: str, usual: int, spent: int, expected: str
) -> None:
    moment = honest_date(at(due), parse_duration(duration), TOWN, usual=usual, spent=spent)
    assert local(moment) == expected


def test_a_stopped_clock_is_paused_whatever_its_date() -> None:
    stopped = Clock(at("2026-02-09 10:00"), parse_duration("5d"), at("2026-02-06 10:00"))
    assert stopped.state(at("2026-03-09 10:00"), TOWN) is State.PAUSED


@pytest.mark.parametrize(
    ("duration", "fr", "en"),
    [
        ("5d", "5 jours ouvrables, congés exclus", "5 business days, holidays excluded"),
        ("1d", "1 jour ouvrable, congés exclus", "1 business day, holidays excluded"),
        ("0d", "le jour même", "the same day"),
        ("4h", "4 heures ouvrables, congés exclus", "4 working hours, holidays excluded"),
        ("4H", "4 heures, jour et nuit, congés compris", "4 hours, day and night, holidays included"),
        ("30D", "30 jours, congés compris", "30 days, holidays included"),
        ("06-30", "d’ici le 30 juin", "by June 30"),
    ],
)
def test_a_promise_says_how_it_is_counted(duration: str, fr: str, en: str) -> None:
    assert counted_words(duration, "fr").replace("\u00a0", " ") == fr
    assert counted_words(duration, "en").replace("\u00a0", " ") == en


# --- Seasons --------------------------------------------------------------------------------------------------------


def test_a_season_may_span_the_new_year() -> None:
    winter = parse_season({"from": "11-15", "until": "03-15", "hours": {"mon": [["09:00", "15:00"]]}})
    town = WorkingCalendar(MONTREAL, dict.fromkeys(range(5), DAY), seasons=(winter,))
    assert town.hours_of(date(2026, 1, 5)) == ((time(9), time(15)),)
    assert not town.is_working_day(date(2026, 1, 6))
    assert town.hours_of(date(2026, 3, 16)) == DAY


@pytest.mark.parametrize(
    "raw",
    [
        {"until": "03-15", "hours": {}},
        {"from": "13-01", "until": "03-15", "hours": {}},
        {"from": "11-31", "until": "03-15", "hours": {}},
        {"from": "11-15", "until": "03-15", "hours": {"lundi": []}},
    ],
)
def test_a_season_that_cannot_be_read_says_why(raw: dict[str, object]) -> None:
    with pytest.raises(CalendarError, match="season needs|no weekday"):
        parse_season(raw)
