"""Days are counted consistently: on receipt, the number shown is the one promised by the subject."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.apps.catalogue.rules.promises import counted_days, days_late, duration_words, left, promise, words
from parvis.apps.directory.rules.calendar import WorkingCalendar
from tests.catalogue.test_promise_table import TOWN as SEASONS

MONTREAL = ZoneInfo("America/Toronto")
DAY = ((time(8), time(12)), (time(13), time(16, 30)))
FRIDAY_NOON = WorkingCalendar(MONTREAL, dict.fromkeys(range(4), DAY) | {4: DAY[:1]}, SEASONS.closed)
SATURDAYS = WorkingCalendar(  # closed on Mondays; evenings of Thursday and Saturday mornings are worked
    MONTREAL,
    dict.fromkeys((1, 2, 4), ((time(9), time(17)),))
    | {3: ((time(9), time(12, 30)), (time(13, 30), time(20))), 5: ((time(9), time(12)),)},
)
CALENDARS = {"seasons": SEASONS, "noon": FRIDAY_NOON, "saturdays": SATURDAYS}

moments = st.datetimes(datetime(2025, 6, 1), datetime(2027, 6, 1), timezones=st.just(UTC))
calendars = st.sampled_from([*CALENDARS.values()])
COUNTED = {
    "fr": r"(?:dans|reste) (\d+ jours?(?: ouvrables?)?)",
    "en": r"(\d+ (?:business )?days?)(?: left)?",
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MONTREAL)


def day_counts(text: str, lang: str) -> list[str]:
    """The numbers of days in a text."""
    return re.findall(COUNTED[lang], text.replace("\u00a0", " "))


@given(moments, calendars, st.integers(1, 45), st.sampled_from("dD"), st.sampled_from(["fr", "en"]))
def test_the_count_said_at_receipt_is_the_number_promised(
    received: datetime, calendar: WorkingCalendar, amount: int, unit: str, lang: str
) -> None:
    promised = promise(received, f"{amount}{unit}", calendar)
    number = duration_words(promised.duration, lang).replace("\u00a0", " ")
    assert promised.days == amount
    assert day_counts(words(promised, received, lang, calendar), lang) == [number]
    assert day_counts(words(promised.due_at, received, lang, calendar, unit=promised.duration.unit), lang) == [number]
    assert day_counts(left(promised, received, lang, calendar), lang) == [number]


@given(moments, calendars, st.integers(25, 200), st.sampled_from(["fr", "en"]))
def test_hours_of_the_clock_are_said_as_they_are_promised(
    received: datetime, calendar: WorkingCalendar, amount: int, lang: str
) -> None:
    promised = promise(received, f"{amount}H", calendar)
    for text in (words(promised, received, lang, calendar), left(promised, received, lang, calendar)):
        assert f"{amount} h" in text.replace("\u00a0", " ") and not day_counts(text, lang)


@given(moments, calendars, st.sampled_from(["fr", "en"]))
def test_what_is_promised_the_same_day_is_counted_in_no_day(
    received: datetime, calendar: WorkingCalendar, lang: str
) -> None:
    promised = promise(received, "0d", calendar)
    assert promised.days == 0
    for text in (words(promised, received, lang, calendar), left(promised, received, lang, calendar)):
        assert not day_counts(text, lang) and not re.search(r"\d+\u00a0[jd]\b", text)


@given(moments, moments, calendars)
def test_what_comes_when_all_is_closed_is_counted_from_the_next_opening(
    moment: datetime, other: datetime, calendar: WorkingCalendar
) -> None:
    since, until = sorted((moment, other))
    day_zero = calendar.opening(since).date()
    assert counted_days(since, until, calendar) == calendar.working_days_between(day_zero, calendar.local(until).date())


@given(moments, calendars, st.integers(1, 20), st.integers(0, 60 * 24 * 40))
def test_the_days_gone_and_those_left_make_the_number_promised(
    received: datetime, calendar: WorkingCalendar, amount: int, minutes: int
) -> None:
    promised = promise(received, f"{amount}d", calendar)
    moment = calendar.opening(received + timedelta(minutes=minutes))
    if moment <= promised.due_at:
        elapsed = counted_days(received, moment, calendar)
        assert elapsed + counted_days(moment, promised.due_at, calendar) == amount
    assert (
        0
        <= days_late(promised.due_at, promised.due_at, calendar)
        <= days_late(promised.due_at, max(moment, promised.due_at), calendar)
    )


@pytest.mark.parametrize(
    ("received", "length", "calendar", "fr", "en"),
    [
        # a Monday evening, a Saturday, a Friday afternoon when all is closed, a Sunday evening
        ("2026-02-09 18:00", "5d", "seasons", "d’ici le mardi 17 février, dans 5 jours ouvrables", "5 business days"),
        ("2026-02-14 11:00", "1d", "seasons", "d’ici le mardi 17 février, dans 1 jour ouvrable", "in 1 business day"),
        ("2026-02-13 13:00", "2d", "noon", "d’ici le mercredi 18 février, dans 2 jours ouvrables", "2 business days"),
        ("2026-02-15 20:00", "0d", "seasons", "d’ici le lundi 16 février", "by Monday, February 16"),
        # calendar days and clock hours are named as such
        ("2026-02-09 10:00", "30D", "seasons", "d’ici le mercredi 11 mars, dans 30 jours", "in 30 days"),
        ("2026-02-13 10:00", "96H", "seasons", "d’ici le mardi 17 février, dans 96 h", "in 96 h"),
    ],
)  # fmt: skip
def test_a_promise_is_told_by_what_it_counts(received: str, length: str, calendar: str, fr: str, en: str) -> None:
    town = CALENDARS[calendar]
    promised = promise(at(received), length, town)
    assert words(promised, at(received), "fr", town).replace("\u00a0", " ") == fr
    assert words(promised, at(received), "en", town).replace("\u00a0", " ").endswith(en)


@pytest.mark.parametrize(
    ("now", "due", "fr", "en"),
    [
        ("2026-02-14 10:00", "2026-02-16 16:30", "reste moins d’un jour ouvrable", "less than a business day left"),
        ("2026-02-12 18:00", "2026-02-13 15:00", "reste moins d’un jour ouvrable", "less than a business day left"),
        ("2026-02-12 16:00", "2026-02-13 15:00", "reste 1 jour ouvrable", "1 business day left"),
    ],
)
def test_a_queue_never_counts_the_evening_or_the_week_end_as_a_day(now: str, due: str, fr: str, en: str) -> None:
    assert left(at(due), at(now), "fr", SEASONS).replace("\u00a0", " ") == fr
    assert left(at(due), at(now), "en", SEASONS).replace("\u00a0", " ") == en


def test_a_promise_is_late_by_the_working_days_after_the_one_when_it_was_due() -> None:
    due = at("2026-02-13 16:30")
    late = [days_late(due, at(f"2026-02-{day} 20:00"), SEASONS) for day in (13, 14, 15, 16, 17)]
    assert late == [0, 0, 0, 1, 2]
    assert days_late(due, at("2026-02-16 07:00"), SEASONS) == 1
