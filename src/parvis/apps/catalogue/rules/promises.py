"""Promised dates, computed in working time and formatted in words. Pure functions of plain values and `now`.

A duration is written "5d" (business days), "4h" (working hours), "4H" (clock hours, day and night), "30D" (calendar
days) or "06-30" (the next 30 June). Datetimes are aware; due dates are in UTC.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import Literal, NamedTuple

from parvis.apps.directory.rules.calendar import WorkingCalendar
from parvis.lib import quebec
from parvis.lib.i18n.languages import Lang, clean

Unit = Literal["d", "h", "D", "H", "date"]
Pause = tuple[datetime, datetime | None]

MAX_SETTS = 30  # stones of a progress bar
_NEAR = timedelta(hours=12)
_LIMITS: dict[str, int] = {"d": 1000, "h": 8000, "D": 1500, "H": 36000}
_ONE_DAY = timedelta(days=1)
# The states of a stone, by priority when it stands for several days.
_STONES = ("now", "due", "late", "wait", "past", "")
_NOW, _DUE, _LATE, _WAIT, _PAST, _AHEAD = (bytes([rank]) for rank in range(len(_STONES)))


@dataclass(frozen=True)
class Duration:
    """A promised length of time; `str` gives the written form: "5d", "06-30"."""

    unit: Unit
    amount: int = 0
    month: int = 0
    day: int = 0

    def __str__(self) -> str:
        return f"{self.month:02d}-{self.day:02d}" if self.unit == "date" else f"{self.amount}{self.unit}"


@dataclass(frozen=True)
class Promise:
    """A due date in UTC, its duration, and the number of days by `counted_days`."""

    due_at: datetime
    duration: Duration
    days: int


@lru_cache(256)  # a queue parses the same few, fifty times a page
def parse_duration(text: str) -> Duration:
    """Parses a duration. Raises ValueError with what is wrong and what can be written instead."""
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
    """The promise for something opened at `opened_at`.

    Business days: the same time of day on the nth working day, counted from the next opening when opened outside hours;
    "0d" is the end of the opening day. Working hours run in working time. Calendar days: the same time of day. A fixed
    date: the end of its day, next year's when it is today.
    """
    length = parse_duration(duration) if isinstance(duration, str) else duration
    due = _due(opened_at, length, calendar).astimezone(UTC)
    return Promise(due, length, counted_days(opened_at, due, calendar, length.unit))


def counted_days(since: datetime, until: datetime, calendar: WorkingCalendar, unit: Unit = "d") -> int:
    """The number of days between two moments; the single count used in all screens and messages.

    Consistent with `promise`: on receipt, it is the number promised. Day 0 is the day of `since`, or of the next
    opening outside hours (evening, Saturday, Friday afternoon not worked); each later working day, half days included,
    counts one, through that of `until`. Promises in calendar days or clock hours ("D", "H") count all days after that
    of `since`. Negative when `until` precedes the next opening.
    """
    first, last = calendar.local(since).date(), calendar.local(until).date()
    if unit in ("D", "H"):
        return (last - first).days
    return calendar.working_days_between(first, last) - calendar.is_day_over(since)


def days_late(due: datetime, now: datetime, calendar: WorkingCalendar) -> int:
    """The number of working days late: those after the due day, through today."""
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
        day = this_year if this_year > local.date() else this_year.replace(year=local.year + 1)
        return calendar.end_of_day(day)
    start = calendar.opening(opened_at)
    if length.amount == 0:
        return calendar.end_of_day(start.date())
    day = calendar.add_working_days(start.date(), length.amount)
    return datetime.combine(day, start.time(), calendar.zone)


# --- Progress bar, one stone a working day ------------------------------------------------------------------------


def progress_days(
    opened: datetime,
    due: datetime,
    pauses: Sequence[Pause],
    now: datetime,
    calendar: WorkingCalendar,
    *,
    by_week: bool = False,
) -> list[str]:
    """The progress of a promise as one stone per working day: "past", "wait", "now", "late", "due", or "" ahead.

    A day at least half paused is "wait"; a current pause runs to `now`. From the opening day to the due day, or to
    today when late; beyond 30 stones, each stands for several days. `by_week` inserts "gap" between weeks, when each
    stone is one day.
    """
    today, is_late = calendar.local(now).date(), now > due
    first = calendar.opening(opened).date()
    due_day = max(first, _last_working_day(calendar.local(due).date(), calendar))
    last = max(due_day, _last_working_day(today, calendar)) if is_late else due_day

    def count_until(day: date) -> int:
        return max(0, calendar.working_days_between(first - _ONE_DAY, day))

    total, gone, begun = (count_until(day) for day in (last, today - _ONE_DAY, today))
    stones = _unpaused_stones(total, gone, begun, count_until(due_day), is_late=is_late)
    for first_paused, last_paused in _mostly_paused_days(pauses, now, calendar):
        start, end = count_until(first_paused - _ONE_DAY), count_until(last_paused)
        stones[start:end] = stones[start:end].replace(_PAST, _WAIT)
    if is_late and _LATE not in stones:
        stones[-1:] = _LATE  # late, but no working day since
    size = ceil(len(stones) / MAX_SETTS)
    states = [_STONES[min(stones[start : start + size])] for start in range(0, len(stones), size)]
    return _with_week_gaps(calendar.working_days(first, last), states) if by_week and size == 1 else states


def _with_week_gaps(days: Sequence[date], stones: Sequence[str]) -> list[str]:
    spaced: list[str] = []
    for n, (day, stone) in enumerate(zip(days, stones, strict=True)):
        if n and day.isocalendar()[:2] != days[n - 1].isocalendar()[:2]:
            spaced.append("gap")
        spaced.append(stone)
    return spaced


def _unpaused_stones(total: int, gone: int, begun: int, due: int, *, is_late: bool) -> bytearray:
    """One stone per working day, as its rank in _STONES, ignoring pauses.

    Of `total` days, `gone` are over, `begun` are over or today, and the first `due` lead to the due day.
    """
    if is_late:
        in_time = min(gone, due)
        return bytearray(_PAST * in_time + _LATE * (total - in_time))
    stones = bytearray(_PAST * gone + _NOW * (begun - gone) + _AHEAD * (total - begun))
    if total > begun:
        stones[-1:] = _DUE
    return stones


def _mostly_paused_days(
    pauses: Sequence[Pause], now: datetime, calendar: WorkingCalendar
) -> Iterator[tuple[date, date]]:
    """The days at least half paused, as (first, last) ranges."""
    partial = defaultdict[date, timedelta](timedelta)
    for since, until in pauses:
        first, last = calendar.local(since).date(), calendar.local(until or now).date()
        yield first + _ONE_DAY, last - _ONE_DAY
        for day in {first, last}:
            start, end = calendar.start_of_day(day), calendar.end_of_day(day)
            partial[day] += calendar.working_time_between(max(start, since), min(end, until or now))
    for day, paused in partial.items():
        if paused * 2 >= calendar.working_time_between(calendar.start_of_day(day), calendar.end_of_day(day)):
            yield day, day


def _last_working_day(day: date, calendar: WorkingCalendar) -> date:
    return day if calendar.is_working_day(day) else calendar.add_working_days(day, -1)


# --- In words ------------------------------------------------------------------------------------------------------


class _Distance(NamedTuple):
    """The distance from now to a due date, both local; `days` are left (`counted_days`), or late (`days_late`)."""

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
        """The time left, in the promise's unit: "5 jours ouvrables", "30 jours", "36 h"; "" for no days."""
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
    """For example "5 jours ouvrables", "1 business day"."""
    if clean(lang) == "en":
        return quebec.count(n, "en", "business day", "business days")
    return quebec.count(n, "fr", "jour ouvrable", "jours ouvrables")


def words(due: Promise | datetime, now: datetime, lang: str, calendar: WorkingCalendar, *, unit: Unit = "d") -> str:
    """For example "d’ici le lundi 9 février, dans 5 jours ouvrables"; with the hour when near, or the lateness.

    `unit` is the promise's unit when `due` is a datetime.
    """
    code, distance = clean(lang), _distance(due, now, calendar, unit)
    if distance.late:
        return _late_words(distance, code)
    if distance.by_the_hour:
        when = quebec.relative_day(distance.due.date(), distance.now.date(), code)
        before = "before" if code == "en" else "avant"
        left = quebec.duration(distance.minutes, code)
        return f"{when} {before} {quebec.hour(distance.due, code)}, {'in' if code == 'en' else 'dans'} {left}"
    day = _day(distance, code)
    ahead = f", {'in' if code == 'en' else 'dans'} {rest}" if (rest := distance.left(code)) else ""
    return (f"by {day}" if code == "en" else f"d’ici le {day}") + ahead


def written(due: Promise | datetime, at: datetime, lang: str, calendar: WorkingCalendar) -> str:
    """As `words`, for a letter written `at`, without relative dates: "le jeudi 26 novembre avant 15 h 11"."""
    code, distance = clean(lang), _distance(due, at, calendar)
    if distance.late:
        return _late_words(distance, code)
    day = _day(distance, code)
    if distance.by_the_hour:
        hour = quebec.hour(distance.due, code)
        return f"on {day} before {hour}" if code == "en" else f"le {day} avant {hour}"
    return f"by {day}" if code == "en" else f"d’ici le {day}"


def _late_words(distance: _Distance, code: Lang) -> str:
    by = _lateness(distance, code)
    if distance.by_the_hour:
        hour = quebec.hour(distance.due, code)
        return f"promised for {hour}, {by} late" if code == "en" else f"promis pour {hour}, en retard de {by}"
    if code == "en":
        return f"promised for {_day(distance, code)}, {by} late" if by else f"promised for {_day(distance, code)}, late"
    return f"promis pour le {_day(distance, code)}, en retard" + (f" de {by}" if by else "")


def _lateness(distance: _Distance, code: Lang) -> str:
    if distance.by_the_hour:
        return quebec.duration(distance.minutes, code)
    return business_days(distance.days, code) if distance.days else ""


def _day(distance: _Distance, code: Lang) -> str:
    return quebec.day(distance.due, code, year=distance.due.year != distance.now.year)


def left(due: Promise | datetime, now: datetime, lang: str, calendar: WorkingCalendar, *, unit: Unit = "d") -> str:
    """The short form for queues: "reste 1 h 47", "reste 14 jours ouvrables", "en retard de 2 jours ouvrables".

    `unit` is the promise's unit when `due` is a datetime.
    """
    code, distance = clean(lang), _distance(due, now, calendar, unit)
    if distance.late:
        by = _lateness(distance, code)
        if code == "en":
            return f"{by} late".strip()
        return f"en retard de {by}" if by else "en retard"
    rest = "" if distance.by_the_hour else distance.left(code)
    if not rest and not distance.by_the_hour and distance.days == 0:
        rest = "less than a business day" if code == "en" else "moins d’un jour ouvrable"
    rest = rest or quebec.duration(distance.minutes, code)
    return f"{rest} left" if code == "en" else f"reste {rest}"


def spoken(due: Promise | datetime, lang: str, calendar: WorkingCalendar, now: datetime | None = None) -> str:
    """For an agent to read aloud: "au plus tard le lundi 9 février", "by Monday, February 9 at the latest".

    With `now`, gives the hour within twelve hours ("aujourd’hui, avant 18 heures 30") and the year when it differs.
    """
    code = clean(lang)
    distance = _distance(due, now or (due.due_at if isinstance(due, Promise) else due), calendar)
    if now is not None and distance.by_the_hour:
        when = quebec.relative_day(distance.due.date(), distance.now.date(), code)
        before, hour = ("before", quebec.hour(distance.due, code)) if code == "en" else ("avant", _aloud(distance.due))
        return f"{when}, {before} {hour}"
    if code == "en":
        return f"by {_day(distance, code)} at the latest"
    return f"au plus tard le {_day(distance, code).replace('1er', 'premier')}"


def _aloud(when: datetime) -> str:
    if when.minute == 0 and when.hour in (0, 12):
        return "midi" if when.hour else "minuit"
    noun = "heure" if when.hour < 2 else "heures"
    return f"{when.hour}{quebec.NBSP}{noun}" + (f"{quebec.NBSP}{when.minute:02d}" if when.minute else "")


def counted_words(duration: Duration | str, lang: str) -> str:
    """The duration and how it is counted: "5 jours ouvrables, congés exclus"."""
    length = parse_duration(duration) if isinstance(duration, str) else duration
    text, english = duration_words(length, lang), clean(lang) == "en"
    if length.unit == "date" or not length.amount:
        return text
    how = {
        "d": ("congés exclus", "holidays excluded"),
        "h": ("congés exclus", "holidays excluded"),
        "H": ("jour et nuit, congés compris", "day and night, holidays included"),
        "D": ("congés compris", "holidays included"),
    }
    return f"{text}, {how[length.unit][english]}"


def duration_words(duration: Duration | str, lang: str) -> str:
    """A duration in words: "5 jours ouvrables", "4 heures", "le jour même", "d’ici le 30 juin"."""
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
