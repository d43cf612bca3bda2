"""What the town promises, as a date in its working time: pure functions of plain values and `now`.

A duration is written "5d" (business days), "4h" (working hours), "4H" (clock hours, day and night), "30D" (calendar
days) or "06-30" (the next 30 June). Every moment carries a zone; due moments are in UTC.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import Literal, NamedTuple

from parvis.apps.directory.calendar import WorkingCalendar
from parvis.lib import quebec
from parvis.lib.languages import Lang, clean

Unit = Literal["d", "h", "D", "H", "date"]
Pause = tuple[datetime, datetime | None]

MAX_SETTS = 30
_NEAR = timedelta(hours=12)
_LIMITS: dict[str, int] = {"d": 1000, "h": 8000, "D": 1500, "H": 36000}
_ONE_DAY = timedelta(days=1)
# What a stone says; of several days in one stone, the first of these that one of them is.
_STONES = ("now", "due", "late", "wait", "past", "")
_NOW, _DUE, _LATE, _WAIT, _PAST, _AHEAD = (bytes([rank]) for rank in range(len(_STONES)))


@dataclass(frozen=True)
class Duration:
    """A length of time as a subject promises it; `str` gives back the written form."""

    unit: Unit
    amount: int = 0
    month: int = 0
    day: int = 0

    def __str__(self) -> str:
        """Reads "5d", "06-30"."""
        return f"{self.month:02d}-{self.day:02d}" if self.unit == "date" else f"{self.amount}{self.unit}"


@dataclass(frozen=True)
class Promise:
    """A due moment in UTC, the duration it comes from, and how many days it leaves, as `counted_days` counts them."""

    due_at: datetime
    duration: Duration
    days: int


@lru_cache(256)  # a queue reads a few, fifty times a page
def parse_duration(text: str) -> Duration:
    """Read a duration; ValueError says what is wrong and what can be written instead."""
    written = text.strip()
    if match := re.fullmatch(r"([0-9]+)([dhDH])", written):
        amount, unit = int(match[1]), match[2]
        if amount == 0 and unit != "d":
            raise ValueError(f"{text!r} promises nothing: only '0d', the same day, may be zero")
        if amount > _LIMITS[unit]:
            raise ValueError(f"{text!r} is too long: at most {_LIMITS[unit]}{unit}")
        units: dict[str, Unit] = {"d": "d", "h": "h", "D": "D", "H": "H"}
        return Duration(units[unit], amount)
    if match := re.fullmatch(r"([0-9]{2})-([0-9]{2})", written):
        month, day = int(match[1]), int(match[2])
        try:
            date(2025, month, day)
        except ValueError:
            raise ValueError(f"{text!r} is not a date of every year: write month-day, such as '06-30'") from None
        return Duration("date", month=month, day=day)
    raise ValueError(
        f"{text!r} is no duration: write '5d' (business days), '4h' (working hours), '4H' (clock hours), "
        "'30D' (calendar days) or '06-30' (the next such date)"
    )


def promise(opened_at: datetime, duration: Duration | str, calendar: WorkingCalendar) -> Promise:
    """The due moment of something opened at `opened_at`.

    Business days: the same time of day on the nth working day after the opening day; what is opened outside hours
    counts as opened at the next opening; "0d" is the end of the opening day. Working hours run in working time.
    Calendar days: the same time of day. A fixed date: the end of its day, next year's when it is today.
    """
    length = parse_duration(duration) if isinstance(duration, str) else duration
    due = _due(opened_at, length, calendar).astimezone(UTC)
    return Promise(due, length, counted_days(opened_at, due, calendar, length.unit))


def counted_days(since: datetime, until: datetime, calendar: WorkingCalendar, unit: Unit = "d") -> int:
    """How many days there are from one moment to a later one: the one count of all that is said, shown and sent.

    It is the count by which `promise` gives a date, so that at the moment of receipt it is the number promised. The
    day of `since` is day 0: its own in working hours, otherwise that of the next opening (what comes in the evening, on
    a Saturday or on a Friday afternoon that is not worked comes the next working day). Each working day after it, half
    days too, counts one, up to that of `until`, included. What is promised in calendar days or in hours of the clock
    ("D", "H") counts all the days after that of `since`. Negative when `until` comes before the next opening.
    """
    first, last = calendar.local(since).date(), calendar.local(until).date()
    if unit in ("D", "H"):
        return (last - first).days
    return calendar.working_days_between(first, last) - calendar.is_day_over(since)


def days_late(due: datetime, now: datetime, calendar: WorkingCalendar) -> int:
    """By how many working days something due is late: those after the day when it was due, up to today, included."""
    return max(0, calendar.working_days_between(calendar.local(due).date(), calendar.local(now).date()))


def _due(opened_at: datetime, length: Duration, calendar: WorkingCalendar) -> datetime:
    local = calendar.local(opened_at)
    if length.unit == "h":
        return calendar.add_working_minutes(opened_at, length.amount * 60)
    if length.unit == "H":
        return local.astimezone(UTC) + timedelta(hours=length.amount)
    if length.unit == "D":
        return datetime.combine(local.date() + timedelta(days=length.amount), local.time(), calendar.zone)
    if length.unit == "date":
        this_year = date(local.year, length.month, length.day)
        next_one = this_year if this_year > local.date() else this_year.replace(year=local.year + 1)
        return calendar.end_of_day(next_one)
    start = calendar.opening(opened_at)
    if length.amount == 0:
        return calendar.end_of_day(start.date())
    day = calendar.add_working_days(start.date(), length.amount)
    return datetime.combine(day, start.time(), calendar.zone)


# --- One sett a working day ---------------------------------------------------------------------------------------


def progress_days(
    opened: datetime,
    due: datetime,
    pauses: Sequence[Pause],
    now: datetime,
    calendar: WorkingCalendar,
    *,
    by_week: bool = False,
) -> list[str]:
    """The promise as stones, one a working day: "past", "wait", "now", "late", "due", or "" for a day ahead.

    A day mostly spent waiting is "wait"; a pause that still runs ends at `now`. The list goes from the opening day to
    the due day, or to today when that is past, and never exceeds 30: longer ones are grouped, several days a stone.
    `by_week` puts "gap" between two weeks, when a stone is a day.
    """
    today, is_late = calendar.local(now).date(), now > due
    first = calendar.opening(opened).date()
    due_day = max(first, _worked_until(calendar.local(due).date(), calendar))
    last = max(due_day, _worked_until(today, calendar)) if is_late else due_day

    def worked(day: date) -> int:
        return max(0, calendar.working_days_between(first - _ONE_DAY, day))

    stones = _stones(worked(last), worked(today - _ONE_DAY), worked(today), worked(due_day), is_late=is_late)
    for begins, ends in _mostly_waited(pauses, now, calendar):
        at, until = worked(begins - _ONE_DAY), worked(ends)
        stones[at:until] = stones[at:until].replace(_PAST, _WAIT)
    if is_late and _LATE not in stones:
        stones[-1:] = _LATE  # no day was worked since
    size = ceil(len(stones) / MAX_SETTS)
    shown = [_STONES[min(stones[at : at + size])] for at in range(0, len(stones), size)]
    return _weeks_apart(calendar.working_days(first, last), shown) if by_week and size == 1 else shown


def _weeks_apart(days: Sequence[date], stones: Sequence[str]) -> list[str]:
    spaced: list[str] = []
    for at, (day, stone) in enumerate(zip(days, stones, strict=True)):
        if at and day.isocalendar()[:2] != days[at - 1].isocalendar()[:2]:
            spaced.append("gap")
        spaced.append(stone)
    return spaced


def _stones(worked: int, gone: int, begun: int, due: int, *, is_late: bool) -> bytearray:
    """A stone for each day worked, as its rank in _STONES, before anyone asks which were spent waiting.

    Of these days, `gone` are over, `begun` are over or today's, and the first `due` lead to the due day.
    """
    if is_late:
        kept = min(gone, due)
        return bytearray(_PAST * kept + _LATE * (worked - kept))
    stones = bytearray(_PAST * gone + _NOW * (begun - gone) + _AHEAD * (worked - begun))
    if worked > begun:
        stones[-1:] = _DUE
    return stones


def _mostly_waited(pauses: Sequence[Pause], now: datetime, calendar: WorkingCalendar) -> Iterator[tuple[date, date]]:
    """The days of which a half or more was spent waiting, as (first, last) of days on end."""
    partly = defaultdict[date, timedelta](timedelta)
    for since, until in pauses:
        first, last = calendar.local(since).date(), calendar.local(until or now).date()
        yield first + _ONE_DAY, last - _ONE_DAY
        for day in {first, last}:
            start, end = calendar.start_of_day(day), calendar.end_of_day(day)
            partly[day] += calendar.working_time_between(max(start, since), min(end, until or now))
    for day, long in partly.items():
        if long * 2 >= calendar.working_time_between(calendar.start_of_day(day), calendar.end_of_day(day)):
            yield day, day


def _worked_until(day: date, calendar: WorkingCalendar) -> date:
    return day if calendar.is_working_day(day) else calendar.add_working_days(day, -1)


# --- In words ------------------------------------------------------------------------------------------------------


class _Distance(NamedTuple):
    """Where a due moment lies from now: local moments, on which side, the unit of the promise, and the days between.

    `days` are those left, by `counted_days`, or those it is late, by `days_late`.
    """

    due: datetime
    now: datetime
    days: int
    late: bool
    unit: Unit

    @property
    def minutes(self) -> int:
        return int(abs(self.due.timestamp() - self.now.timestamp()) // 60)

    @property
    def by_the_hour(self) -> bool:
        same_day = self.due.date() == self.now.date()
        return same_day or (not self.late and self.minutes < _NEAR.total_seconds() / 60)

    def left(self, code: Lang) -> str:
        """What is left, as it was promised: "5 jours ouvrables", "30 jours", "36 h"; "" when there is none to count."""
        if self.unit == "H":
            return f"{quebec.number(self.minutes // 60, code)}{quebec.NBSP}h"
        return _days(self.days, self.unit, code) if self.days > 0 else ""


def _distance(due: Promise | datetime, now: datetime, calendar: WorkingCalendar, unit: Unit = "d") -> _Distance:
    moment, unit = (due.due_at, due.duration.unit) if isinstance(due, Promise) else (due, unit)
    late = now > moment
    days = days_late(moment, now, calendar) if late else counted_days(now, moment, calendar, unit)
    return _Distance(calendar.local(moment), calendar.local(now), days, late, unit)


def _days(n: int, unit: Unit, lang: str) -> str:
    if unit != "D":
        return business_days(n, lang)
    return quebec.count(n, "en", "day", "days") if clean(lang) == "en" else quebec.count(n, "fr", "jour", "jours")


def business_days(n: int, lang: str) -> str:
    """Reads "5 jours ouvrables", "1 business day"."""
    if clean(lang) == "en":
        return quebec.count(n, "en", "business day", "business days")
    return quebec.count(n, "fr", "jour ouvrable", "jours ouvrables")


def words(due: Promise | datetime, now: datetime, lang: str, calendar: WorkingCalendar, *, unit: Unit = "d") -> str:
    """Reads "d’ici le lundi 9 février, dans 5 jours ouvrables"; by the hour when near; plainly late when late.

    `unit` is that in which the promise of a moment is counted.
    """
    code, there = clean(lang), _distance(due, now, calendar, unit)
    if there.late:
        return _late_words(there, code)
    if there.by_the_hour:
        when = quebec.relative_day(there.due.date(), there.now.date(), code)
        before = "before" if code == "en" else "avant"
        left = quebec.duration(there.minutes, code)
        return f"{when} {before} {quebec.hour(there.due, code)}, {'in' if code == 'en' else 'dans'} {left}"
    day = _day(there, code)
    ahead = f", {'in' if code == 'en' else 'dans'} {rest}" if (rest := there.left(code)) else ""
    return (f"by {day}" if code == "en" else f"d’ici le {day}") + ahead


def written(due: Promise | datetime, at: datetime, lang: str, calendar: WorkingCalendar) -> str:
    """As `words`, in a letter written `at`, true whenever it is read: "le jeudi 26 novembre avant 15 h 11"."""
    code, there = clean(lang), _distance(due, at, calendar)
    if there.late:
        return _late_words(there, code)
    day = _day(there, code)
    if there.by_the_hour:
        hour = quebec.hour(there.due, code)
        return f"on {day} before {hour}" if code == "en" else f"le {day} avant {hour}"
    return f"by {day}" if code == "en" else f"d’ici le {day}"


def _late_words(there: _Distance, code: Lang) -> str:
    by = _lateness(there, code)
    if there.by_the_hour:
        hour = quebec.hour(there.due, code)
        return f"promised for {hour}, {by} late" if code == "en" else f"promis pour {hour}, en retard de {by}"
    if code == "en":
        return f"promised for {_day(there, code)}, {by} late" if by else f"promised for {_day(there, code)}, late"
    return f"promis pour le {_day(there, code)}, en retard" + (f" de {by}" if by else "")


def _lateness(there: _Distance, code: Lang) -> str:
    if there.by_the_hour:
        return quebec.duration(there.minutes, code)
    return business_days(there.days, code) if there.days else ""


def _day(there: _Distance, code: Lang) -> str:
    return quebec.day(there.due, code, year=there.due.year != there.now.year)


def left(due: Promise | datetime, now: datetime, lang: str, calendar: WorkingCalendar, *, unit: Unit = "d") -> str:
    """The short form of a queue: "reste 1 h 47", "reste 14 jours ouvrables", "en retard de 2 jours ouvrables".

    `unit` is that in which the promise of a moment is counted.
    """
    code, there = clean(lang), _distance(due, now, calendar, unit)
    if there.late:
        by = _lateness(there, code)
        if code == "en":
            return f"{by} late".strip()
        return f"en retard de {by}" if by else "en retard"
    rest = "" if there.by_the_hour else there.left(code)
    if not rest and not there.by_the_hour and there.days == 0:
        rest = "less than a business day" if code == "en" else "moins d’un jour ouvrable"
    rest = rest or quebec.duration(there.minutes, code)
    return f"{rest} left" if code == "en" else f"reste {rest}"


def spoken(due: Promise | datetime, lang: str, calendar: WorkingCalendar, now: datetime | None = None) -> str:
    """What an agent says aloud: "au plus tard le lundi 9 février", "by Monday, February 9 at the latest".

    With `now`, a moment within twelve hours is told by its hour ("aujourd’hui, avant 18 heures 30") and another year
    is named.
    """
    code = clean(lang)
    there = _distance(due, now or (due.due_at if isinstance(due, Promise) else due), calendar)
    if now is not None and there.by_the_hour:
        when = quebec.relative_day(there.due.date(), there.now.date(), code)
        before, hour = ("before", quebec.hour(there.due, code)) if code == "en" else ("avant", _aloud(there.due))
        return f"{when}, {before} {hour}"
    if code == "en":
        return f"by {_day(there, code)} at the latest"
    return f"au plus tard le {_day(there, code).replace('1er', 'premier')}"


def _aloud(when: datetime) -> str:
    if when.minute == 0 and when.hour in (0, 12):
        return "midi" if when.hour else "minuit"
    noun = "heure" if when.hour < 2 else "heures"
    return f"{when.hour}{quebec.NBSP}{noun}" + (f"{quebec.NBSP}{when.minute:02d}" if when.minute else "")


def counted_words(duration: Duration | str, lang: str) -> str:
    """What is promised and how it is counted: "5 jours ouvrables, congés exclus", "4 hours, day and night, holidays
    included"."""
    length = parse_duration(duration) if isinstance(duration, str) else duration
    said, english = duration_words(length, lang), clean(lang) == "en"
    if length.unit == "date" or not length.amount:
        return said
    how = {
        "d": ("congés exclus", "holidays excluded"),
        "h": ("congés exclus", "holidays excluded"),
        "H": ("jour et nuit, congés compris", "day and night, holidays included"),
        "D": ("congés compris", "holidays included"),
    }
    return f"{said}, {how[length.unit][english]}"


def duration_words(duration: Duration | str, lang: str) -> str:
    """What a subject promises, before any case: "5 jours ouvrables", "4 heures", "le jour même", "d’ici le 30 juin"."""
    length = parse_duration(duration) if isinstance(duration, str) else duration
    english, n = clean(lang) == "en", length.amount
    if length.unit == "date":
        day = quebec.month_day(length.month, length.day, lang)
        return f"by {day}" if english else f"d’ici le {day}"
    if length.unit == "d" and not n:
        return "the same day" if english else "le jour même"
    if length.unit in ("d", "D"):
        return _days(n, length.unit, lang)
    nouns = {
        "h": (("heure ouvrable", "heures ouvrables"), ("working hour", "working hours")),
        "H": (("heure", "heures"), ("hour", "hours")),
    }
    return quebec.count(n, lang, *nouns[length.unit][english])
