from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.apps.catalogue.rules.clocks import Clock, State
from parvis.apps.catalogue.rules.promises import (
    MAX_SETTS,
    Duration,
    duration_words,
    left,
    parse_duration,
    progress_days,
    promise,
    spoken,
    words,
)
from parvis.apps.directory.rules.calendar import WorkingCalendar, days_of

MONTREAL = ZoneInfo("America/Toronto")
DAY = ((time(8), time(12)), (time(13), time(16, 30)))
WEEK = dict.fromkeys(range(5), DAY)
TOWN = WorkingCalendar(MONTREAL, WEEK, days_of(date(2024, 12, 24), date(2025, 1, 2)) | {date(2026, 6, 24)})
SHORT_FRIDAY = WorkingCalendar(MONTREAL, WEEK | {4: ((time(8), time(12)),)})

moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
durations = st.sampled_from(["0d", "1d", "5d", "21d", "1h", "4h", "40h", "2H", "48H", "1D", "30D", "06-30", "12-25"])


def at(text: str) -> datetime:
    """A Montréal datetime: "2026-02-09 16:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=MONTREAL)


def local(moment: datetime) -> str:
    return moment.astimezone(MONTREAL).strftime("%Y-%m-%d %H:%M")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


# --- Durations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1d", Duration("d", 1)),
        ("0d", Duration("d", 0)),
        ("4h", Duration("h", 4)),
        ("4H", Duration("H", 4)),
        ("30D", Duration("D", 30)),
        ("06-30", Duration("date", month=6, day=30)),
        (" 5d ", Duration("d", 5)),
    ],
)
def test_a_duration_is_read_and_written_back(text: str, expected: Duration) -> None:
    assert parse_duration(text) == expected
    assert str(expected) == text.strip()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no duration"),
        ("5", "no duration"),
        ("d", "no duration"),
        ("5 d", "no duration"),
        ("-5d", "no duration"),
        ("1.5d", "no duration"),
        ("5w", "no duration"),
        ("٥d", "no duration"),
        ("0h", "promises nothing"),
        ("0D", "promises nothing"),
        ("9999d", "too long"),
        ("13-01", "not a date"),
        ("06-31", "not a date"),
        ("02-29", "not a date of every year"),
    ],
)
def test_what_is_no_duration_is_refused_with_the_way_to_write_it(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_duration(text)


# --- Promises ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "duration", "due", "days"),
    [
        # business days: same time of day, counted from the next working day
        ("2024-12-20 15:40", "5d", "2025-01-08 15:40", 5),
        ("2026-02-09 10:00", "1d", "2026-02-10 10:00", 1),
        ("2026-02-09 10:00", "5d", "2026-02-16 10:00", 5),
        ("2026-02-13 16:00", "1d", "2026-02-16 16:00", 1),
        ("2026-06-23 09:00", "1d", "2026-06-25 09:00", 1),
        ("2026-03-06 10:00", "1d", "2026-03-09 10:00", 1),
        ("2026-10-30 10:00", "1d", "2026-11-02 10:00", 1),
        ("2026-02-09 10:00", "21d", "2026-03-10 10:00", 21),
        # opened outside hours: as if opened at the next opening
        ("2026-02-09 18:00", "1d", "2026-02-11 08:00", 1),
        ("2026-02-09 05:30", "1d", "2026-02-10 08:00", 1),
        ("2026-02-09 12:15", "1d", "2026-02-10 13:00", 1),
        ("2026-02-09 16:30", "1d", "2026-02-11 08:00", 1),
        ("2026-02-14 11:00", "2d", "2026-02-18 08:00", 2),
        ("2024-12-27 11:00", "1d", "2025-01-06 08:00", 1),
        # the same day
        ("2026-02-09 10:00", "0d", "2026-02-09 16:30", 0),
        ("2026-02-09 20:00", "0d", "2026-02-10 16:30", 0),
        ("2026-02-14 10:00", "0d", "2026-02-16 16:30", 0),
        # working hours
        ("2026-02-09 09:00", "2h", "2026-02-09 11:00", 0),
        ("2026-02-09 11:00", "2h", "2026-02-09 14:00", 0),
        ("2026-02-13 15:30", "4h", "2026-02-16 11:00", 1),
        ("2026-02-14 03:00", "1h", "2026-02-16 09:00", 0),
        ("2024-12-23 15:30", "2h", "2025-01-03 09:00", 1),
        # clock hours, day and night
        ("2026-02-13 22:00", "4H", "2026-02-14 02:00", 1),
        ("2024-12-24 23:00", "24H", "2024-12-25 23:00", 1),
        ("2026-03-07 23:00", "4H", "2026-03-08 04:00", 1),
        ("2026-10-31 23:00", "4H", "2026-11-01 02:00", 1),
        # calendar days
        ("2026-02-09 10:00", "20D", "2026-03-01 10:00", 20),
        ("2026-02-14 22:15", "1D", "2026-02-15 22:15", 1),
        ("2026-03-07 10:00", "1D", "2026-03-08 10:00", 1),
        ("2026-03-07 02:30", "1D", "2026-03-08 03:30", 1),
        # a fixed date
        ("2026-02-09 10:00", "06-30", "2026-06-30 16:30", 100),
        ("2026-06-29 23:00", "06-30", "2026-06-30 16:30", 0),
        ("2026-06-30 08:00", "06-30", "2027-06-30 16:30", None),
        ("2026-07-01 08:00", "06-30", "2027-06-30 16:30", None),
        ("2026-02-09 10:00", "02-14", "2026-02-14 23:59", 4),
    ],
)
def test_a_promise_is_a_date_in_working_time(opened: str, duration: str, due: str, days: int | None) -> None:
    promised = promise(at(opened), duration, TOWN)
    assert local(promised.due_at) == due
    assert promised.due_at.tzinfo is UTC
    assert promised.duration == parse_duration(duration)
    if days is not None:
        assert promised.days == days


@given(moments, durations)
def test_a_promise_is_always_in_the_future_and_survives_another_zone(opened: datetime, duration: str) -> None:
    promised = promise(opened, duration, TOWN)
    assert promised.due_at > opened
    assert promise(opened.astimezone(ZoneInfo("Asia/Tokyo")), duration, TOWN) == promised


def test_an_opening_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        promise(datetime(2026, 2, 9, 10), "5d", TOWN)


# --- Pauses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration", "due", "paused", "resumed", "expected"),
    [
        ("5d", "2026-02-13 15:40", "2026-02-10 10:00", "2026-02-11 10:00", "2026-02-16 15:40"),
        ("5d", "2026-02-13 15:40", "2026-02-10 10:00", "2026-02-10 11:00", "2026-02-16 08:10"),
        ("5d", "2026-02-13 15:40", "2026-02-10 18:00", "2026-02-11 07:00", "2026-02-13 15:40"),
        ("5d", "2026-02-20 10:00", "2026-02-13 16:30", "2026-02-16 08:00", "2026-02-20 10:00"),
        ("4h", "2026-02-09 15:00", "2026-02-09 11:00", "2026-02-09 14:00", "2026-02-10 08:30"),
        ("4H", "2026-02-09 22:00", "2026-02-09 20:00", "2026-02-09 21:30", "2026-02-09 23:30"),
        ("30D", "2026-03-01 10:00", "2026-02-14 10:00", "2026-02-16 10:00", "2026-03-03 10:00"),
        ("06-30", "2026-06-30 16:30", "2026-02-09 10:00", "2026-05-09 10:00", "2026-06-30 16:30"),
        ("5d", "2026-02-13 15:40", "2026-02-10 10:00", "2026-02-10 09:00", "2026-02-13 15:40"),
        ("4H", "2026-02-13 15:40", "2026-02-10 10:00", "2026-02-10 09:00", "2026-02-13 15:40"),
    ],
)
def test_waiting_pushes_the_due_moment(duration: str, due: str, paused: str, resumed: str, expected: str) -> None:
    clock = Clock(at(due), parse_duration(duration)).pause(at(paused))
    assert clock.state(at(paused), TOWN) is State.PAUSED
    running = clock.resume(at(resumed), TOWN)
    assert running.paused_at is None
    assert local(running.due_at) == expected


@given(moments, durations, st.timedeltas(timedelta(-2), timedelta(60)), st.timedeltas(timedelta(-2), timedelta(60)))
def test_a_pause_never_makes_a_promise_earlier(
    opened: datetime, duration: str, until_pause: timedelta, waited: timedelta
) -> None:
    promised = promise(opened, duration, TOWN)
    clock = Clock(promised.due_at, promised.duration).pause(opened + until_pause)
    assert clock.resume(opened + until_pause + waited, TOWN).due_at >= promised.due_at


def test_pausing_twice_keeps_the_first_moment_and_resuming_twice_changes_nothing() -> None:
    clock = Clock(at("2026-02-13 15:40"), parse_duration("5d"))
    paused = clock.pause(at("2026-02-10 10:00"))
    assert paused.pause(at("2026-02-11 10:00")) == paused
    resumed = paused.resume(at("2026-02-11 10:00"), TOWN)
    assert resumed.resume(at("2026-02-20 10:00"), TOWN) == resumed


# --- Due status -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration", "due", "now", "state"),
    [
        ("5d", "2026-02-16 10:00", "2026-02-12 16:00", State.ON_TIME),
        ("5d", "2026-02-16 10:00", "2026-02-13 08:00", State.SOON),
        ("5d", "2026-02-16 10:00", "2026-02-16 10:00", State.SOON),
        ("5d", "2026-02-16 10:00", "2026-02-16 10:01", State.LATE),
        ("1d", "2026-02-16 10:00", "2026-02-13 10:00", State.ON_TIME),
        ("1d", "2026-02-16 10:00", "2026-02-16 08:00", State.SOON),
        ("4H", "2026-02-14 02:00", "2026-02-14 00:30", State.ON_TIME),
        ("4H", "2026-02-14 02:00", "2026-02-14 01:15", State.SOON),
        ("4H", "2026-02-14 02:00", "2026-02-14 03:00", State.LATE),
        ("4h", "2026-02-09 15:00", "2026-02-09 13:30", State.ON_TIME),
        ("4h", "2026-02-09 15:00", "2026-02-09 14:10", State.SOON),
        ("30D", "2026-02-15 10:00", "2026-02-13 07:00", State.ON_TIME),
        ("30D", "2026-02-15 10:00", "2026-02-13 09:00", State.SOON),
        ("0d", "2026-02-09 16:30", "2026-02-09 10:00", State.SOON),
    ],
)
def test_a_promise_is_on_time_then_soon_then_late(duration: str, due: str, now: str, state: State) -> None:
    assert Clock(at(due), parse_duration(duration)).state(at(now), TOWN) is state


@given(moments, durations)
def test_the_warning_never_comes_after_the_promise(opened: datetime, duration: str) -> None:
    promised = promise(opened, duration, TOWN)
    assert Clock(promised.due_at, promised.duration).soon_at(TOWN) <= promised.due_at


# --- Progress bar -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "due", "now", "expected"),
    [
        ("2026-02-09 10:00", "2026-02-13 10:00", "2026-02-09 10:00", "now ahead ahead ahead due"),
        ("2026-02-09 10:00", "2026-02-13 10:00", "2026-02-11 10:00", "past past now ahead due"),
        ("2026-02-09 10:00", "2026-02-13 10:00", "2026-02-13 09:00", "past past past past now"),
        ("2026-02-09 10:00", "2026-02-13 10:00", "2026-02-13 11:00", "past past past past late"),
        ("2026-02-09 10:00", "2026-02-13 10:00", "2026-02-17 11:00", "past past past past past late late"),
        ("2026-02-12 10:00", "2026-02-16 10:00", "2026-02-14 11:00", "past past due"),
        ("2026-02-14 10:00", "2026-02-17 08:00", "2026-02-14 11:00", "ahead due"),
        ("2026-02-09 10:00", "2026-02-09 14:00", "2026-02-09 11:00", "now"),
        ("2026-02-14 22:00", "2026-02-15 02:00", "2026-02-14 23:00", "due"),
        ("2024-12-20 15:40", "2025-01-08 15:40", "2024-12-23 09:00", "past now ahead ahead ahead due"),
        ("2026-02-09 10:00", "2026-02-14 10:00", "2026-02-10 10:00", "past now ahead ahead due"),
    ],
)
def test_one_sett_a_working_day(opened: str, due: str, now: str, expected: str) -> None:
    stones = progress_days(at(opened), at(due), [], at(now), TOWN)
    assert [stone or "ahead" for stone in stones] == expected.split()


def test_days_spent_waiting_are_marked() -> None:
    pauses = [(at("2026-02-10 09:00"), at("2026-02-11 09:00")), (at("2026-02-12 08:00"), None)]
    stones = progress_days(at("2026-02-09 10:00"), at("2026-02-17 10:00"), pauses, at("2026-02-13 10:00"), TOWN)
    assert stones == ["past", "wait", "past", "wait", "now", "", "due"]


@given(moments, st.integers(0, 1000), st.integers(0, 600))
def test_progress_days_never_exceed_thirty_and_always_show_the_present(
    opened: datetime, length: int, later: int
) -> None:
    due = promise(opened, f"{length}d", TOWN).due_at
    stones = progress_days(opened, due, [], opened + timedelta(days=later), TOWN)
    assert 1 <= len(stones) <= MAX_SETTS
    assert {"now", "due", "late"} & set(stones)


# --- Words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "now", "fr", "en"),
    [
        (
            "2026-02-09 10:00",
            "2026-02-02 10:00",
            "d’ici le lundi 9 février, dans 5 jours ouvrables",
            "by Monday, February 9, in 5 business days",
        ),
        (
            "2026-02-10 10:00",
            "2026-02-09 10:00",
            "d’ici le mardi 10 février, dans 1 jour ouvrable",
            "by Tuesday, February 10, in 1 business day",
        ),
        (
            "2025-01-08 15:40",
            "2024-12-20 15:40",
            "d’ici le mercredi 8 janvier 2025, dans 5 jours ouvrables",
            "by Wednesday, January 8, 2025, in 5 business days",
        ),
        (
            "2026-02-09 16:30",
            "2026-02-09 14:20",
            "aujourd’hui avant 16 h 30, dans 2 h 10",
            "today before 4:30 p.m., in 2 h 10",
        ),
        ("2026-02-10 02:30", "2026-02-09 22:30", "demain avant 2 h 30, dans 4 h", "tomorrow before 2:30 a.m., in 4 h"),
        ("2026-02-15 10:00", "2026-02-14 10:00", "d’ici le dimanche 15 février", "by Sunday, February 15"),
        (
            "2026-02-09 10:00",
            "2026-02-11 10:00",
            "promis pour le lundi 9 février, en retard de 2 jours ouvrables",
            "promised for Monday, February 9, 2 business days late",
        ),
        (
            "2026-02-09 10:00",
            "2026-02-09 10:20",
            "promis pour 10 h, en retard de 20 min",
            "promised for 10 a.m., 20 min late",
        ),
        (
            "2026-02-14 10:00",
            "2026-02-15 10:00",
            "promis pour le samedi 14 février, en retard",
            "promised for Saturday, February 14, late",
        ),
    ],
)
def test_a_promise_is_told_in_words(due: str, now: str, fr: str, en: str) -> None:
    assert plain(words(at(due), at(now), "fr", TOWN)) == fr
    assert plain(words(at(due), at(now), "en-CA", TOWN)) == en


@pytest.mark.parametrize(
    ("due", "now", "fr", "en"),
    [
        ("2026-02-09 16:30", "2026-02-09 14:43", "reste 1 h 47", "1 h 47 left"),
        ("2026-02-16 16:30", "2026-02-09 14:43", "reste 5 jours ouvrables", "5 business days left"),
        ("2026-02-15 16:30", "2026-02-14 14:30", "reste 1 j 2 h", "1 d 2 h left"),
        ("2026-02-09 10:00", "2026-02-09 10:20", "en retard de 20 min", "20 min late"),
        ("2026-02-09 10:00", "2026-02-10 10:20", "en retard de 1 jour ouvrable", "1 business day late"),
        ("2026-02-14 10:00", "2026-02-15 10:00", "en retard", "late"),
    ],
)
def test_a_queue_tells_what_is_left(due: str, now: str, fr: str, en: str) -> None:
    assert plain(left(at(due), at(now), "fr", TOWN)) == fr
    assert plain(left(at(due), at(now), "en", TOWN)) == en


def test_a_promise_is_said_aloud() -> None:
    promised = promise(at("2026-02-02 10:00"), "5d", TOWN)
    assert plain(spoken(promised, "fr", TOWN)) == "au plus tard le lundi 9 février"
    assert plain(spoken(promised, "en", TOWN)) == "by Monday, February 9 at the latest"
    assert plain(spoken(at("2026-05-01 10:00"), "fr", TOWN)) == "au plus tard le vendredi premier mai"
    urgent = promise(at("2026-02-09 14:30"), "4H", TOWN)
    assert plain(spoken(urgent, "fr", TOWN, at("2026-02-09 14:30"))) == "aujourd’hui, avant 18 heures 30"
    assert plain(spoken(urgent, "en", TOWN, at("2026-02-09 14:30"))) == "today, before 6:30 p.m."
    night = promise(at("2026-02-09 20:00"), "4H", TOWN)
    assert plain(spoken(night, "fr", TOWN, at("2026-02-09 20:00"))) == "demain, avant minuit"


@pytest.mark.parametrize(
    ("duration", "fr", "en"),
    [
        ("5d", "5 jours ouvrables", "5 business days"),
        ("1d", "1 jour ouvrable", "1 business day"),
        ("0d", "le jour même", "the same day"),
        ("4h", "4 heures ouvrables", "4 working hours"),
        ("1H", "1 heure", "1 hour"),
        ("30D", "30 jours", "30 days"),
        ("06-30", "d’ici le 30 juin", "by June 30"),
        ("05-01", "d’ici le 1er mai", "by May 1"),
    ],
)
def test_a_subject_tells_what_it_promises(duration: str, fr: str, en: str) -> None:
    assert plain(duration_words(duration, "fr")) == fr
    assert plain(duration_words(duration, "en")) == en


def test_a_day_promise_keeps_its_time_of_day_on_a_shorter_day() -> None:
    assert local(promise(at("2026-02-12 15:40"), "1d", SHORT_FRIDAY).due_at) == "2026-02-13 15:40"
