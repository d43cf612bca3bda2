"""Working-time arithmetic for a town: the days and hours that count towards promises.

Datetimes passed in must be aware; those returned are in the town's zone. Arithmetic goes through UTC, so elapsed time
stays correct across clock changes.
"""

from bisect import bisect_left, bisect_right
from calendar import isleap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import Any, cast
from zoneinfo import ZoneInfo

import holidays

Span = tuple[time, time]
Names = tuple[str, str]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON_DAYS = 3660  # ten years without a working day is a calendar error

_ANY_DAY = date(2026, 1, 1)
_ONE_DAY = timedelta(days=1)
_NO_TIME = timedelta(0)
_MIDNIGHT = time(0)
_NOTHING: Mapping[date, Names] = MappingProxyType({})
_NO_SHORT: Mapping[date, tuple[Span, ...]] = MappingProxyType({})

_HOLIDAY_NAMES: dict[str, Names] = {
    "New Year's Day": ("Jour de l’An", "New Year’s Day"),
    "Good Friday": ("Vendredi saint", "Good Friday"),
    "National Patriots' Day": ("Journée nationale des patriotes", "National Patriots’ Day"),
    "Saint Jean Baptiste Day": ("Fête nationale du Québec", "Québec National Holiday"),
    "Canada Day": ("Fête du Canada", "Canada Day"),
    "Labour Day": ("Fête du Travail", "Labour Day"),
    "Thanksgiving Day": ("Action de grâce", "Thanksgiving"),
    "Christmas Day": ("Noël", "Christmas Day"),
}


class CalendarError(ValueError):
    """The calendar is unusable: no hours, hours out of order, or closed for years on end."""


@dataclass(frozen=True)
class Season:
    """Hours that replace the usual ones each year, from one (month, day) to another inclusive, even across new year.

    `hours` is as in `WorkingCalendar`; a weekday it does not name is not worked.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    hours: Mapping[int, tuple[Span, ...]]

    def holds(self, day: date) -> bool:
        """Whether the day is in the season."""
        month_day = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= month_day <= self.last
        return month_day >= self.first or month_day <= self.last


@dataclass(frozen=True)
class WorkingCalendar:
    """A town's working hours and the days when it is closed.

    `hours` maps a weekday (Monday 0) to its ordered spans of local time; an absent or empty day is not worked; an end
    of 00:00 is midnight. `closed` lists every holiday and closure day; `names` may name them (fr, en). The first
    matching one of `seasons` replaces the hours. `short` gives the hours of single days (half days) and overrides all
    but `closed`. Raises CalendarError when no weekday has hours or when spans overlap.
    """

    zone: ZoneInfo
    hours: Mapping[int, tuple[Span, ...]]
    closed: frozenset[date] = frozenset()
    names: Mapping[date, Names] = field(default_factory=lambda: _NOTHING)
    seasons: tuple[Season, ...] = ()
    short: Mapping[date, tuple[Span, ...]] = field(default_factory=lambda: _NO_SHORT)
    _cached_spans: dict[date, list[tuple[datetime, datetime]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _years: dict[int, "_Year"] = field(default_factory=dict, init=False, repr=False, compare=False)
    _days_before: dict[int, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    _ranks: dict[date, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not any(self.hours.get(weekday) for weekday in range(7)):
            raise CalendarError("this calendar has no working hours on any weekday: give at least one span")
        for hours in (self.hours, *(season.hours for season in self.seasons)):
            for weekday, spans in hours.items():
                if weekday not in range(7):
                    raise CalendarError(f"weekday {weekday} does not exist: Monday is 0, Sunday is 6")
                _check_order(spans)
        for spans in self.short.values():
            _check_order(spans)

    # --- Days ---------------------------------------------------------------------------------------------------

    def hours_of(self, day: date) -> tuple[Span, ...]:
        """The spans of local time worked on a date, in order; empty when it is not worked."""
        if day in self.closed:
            return ()
        if day in self.short:
            return self.short[day]
        season = next((season for season in self.seasons if season.holds(day)), None)
        return (season.hours if season else self.hours).get(day.weekday(), ())

    def is_working_day(self, day: date) -> bool:
        """Whether the town works for at least a part of the date."""
        return bool(self._spans(day))

    def next_working_day(self, day: date) -> date:
        """The first working day strictly after a date."""
        return next(self._days(day + _ONE_DAY))

    def working_day_from(self, day: date) -> date:
        """The date if it is worked, otherwise the first working day after it."""
        return next(self._days(day))

    def add_working_days(self, day: date, n: int) -> date:
        """The nth working day after a date; before it when n is negative; `working_day_from(day)` when n is 0."""
        if n == 0:
            return self.working_day_from(day)
        step = 1 if n > 0 else -1
        days = self._days(day + step * _ONE_DAY, step)
        for _ in range(abs(n) - 1):
            next(days)
        return next(days)

    def working_days_between(self, a: date, b: date) -> int:
        """How many working days lie after `a`, up to and including `b`; negative when `b` comes first."""
        return self._rank(b) - self._rank(a)

    def working_days(self, first: date, last: date) -> list[date]:
        """The days worked from one date to another inclusive, in order."""
        days = [day for year in range(first.year, last.year + 1) for day in self._year(year).days]
        return days[bisect_left(days, first) : bisect_right(days, last)]

    # --- Hours --------------------------------------------------------------------------------------------------

    def local(self, moment: datetime) -> datetime:
        """The moment in the town's zone. Raises ValueError when it is naive."""
        return _utc(moment).astimezone(self.zone)

    def is_open(self, moment: datetime) -> bool:
        """Whether the moment is in working hours (the opening minute is, the closing one is not)."""
        return self.opening(moment) == _utc(moment)

    def opening(self, moment: datetime) -> datetime:
        """The moment itself if in working hours, otherwise the next opening."""
        start = _utc(moment)
        opens, _closes = next(self._spans_from(start))
        return max(opens, start).astimezone(self.zone)

    def is_day_over(self, moment: datetime) -> bool:
        """Whether no working time is left that day."""
        spans = self._spans(self.local(moment).date())
        return not spans or _utc(moment) >= spans[-1][1]

    def add_working_minutes(self, moment: datetime, minutes: int) -> datetime:
        """The moment after that many working minutes. Raises ValueError when negative."""
        return self.add_working_time(moment, timedelta(minutes=minutes))

    def add_working_time(self, moment: datetime, amount: timedelta) -> datetime:
        """The moment after that much working time; `opening(moment)` for zero. Raises ValueError when negative.

        Time that runs out exactly at closing ends at that closing, not at the next opening.
        """
        if amount < timedelta(0):
            raise ValueError(f"working time to add cannot be negative: {amount}")
        start, left = _utc(moment), amount
        for opens, closes in self._spans_from(start):
            begins = max(opens, start)
            if begins + left <= closes:
                return (begins + left).astimezone(self.zone)
            left -= closes - begins
        raise AssertionError("the spans of a calendar never end without an error")

    def working_minutes_between(self, a: datetime, b: datetime) -> int:
        """Whole working minutes from `a` to `b`; negative when `b` comes first."""
        if _utc(b) < _utc(a):
            return -self.working_minutes_between(b, a)
        return int(self.working_time_between(a, b) // timedelta(minutes=1))

    def working_time_between(self, a: datetime, b: datetime) -> timedelta:
        """Working time from `a` to `b`; zero when `b` comes first."""
        start, end = _utc(a), _utc(b)
        if end <= start:
            return _NO_TIME
        first, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        spans = (span for day in {first, last} for span in self._spans(day))
        partial = sum((max(_NO_TIME, min(closes, end) - max(opens, start)) for opens, closes in spans), _NO_TIME)
        return partial + self._whole_days(first + _ONE_DAY, last)

    def _whole_days(self, first: date, end: date) -> timedelta:
        """The working time of the days from `first` to `end`, exclusive."""
        if end <= first:
            return _NO_TIME
        full_years = (self._year(year).upto[-1] for year in range(first.year, end.year))
        a, b = self._year(first.year), self._year(end.year)
        return sum(full_years, _NO_TIME) + b.upto[b.rank(end - _ONE_DAY)] - a.upto[a.rank(first - _ONE_DAY)]

    def start_of_day(self, day: date) -> datetime:
        """The first opening of a working day; midnight of any other day."""
        spans = self._spans(day)
        return (spans[0][0] if spans else self._at(day, _MIDNIGHT)).astimezone(self.zone)

    def end_of_day(self, day: date) -> datetime:
        """The last closing of a working day; one minute before midnight on any other day."""
        spans = self._spans(day)
        return (spans[-1][1] if spans else self._at(day, time(23, 59))).astimezone(self.zone)

    # --- Internals ----------------------------------------------------------------------------------------------

    def _days(self, first: date, step: int = 1) -> Iterator[date]:
        """Working days from `first` on, forwards or backwards; CalendarError after ten years without any."""
        day, idle = first, 0
        while idle < HORIZON_DAYS:
            if self.is_working_day(day):
                idle = 0
                yield day
            else:
                idle += 1
            day += step * _ONE_DAY
        raise CalendarError(f"this calendar has no working day within ten years of {first.isoformat()}")

    def _spans_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working spans in UTC that end after `start`; the first may begin before it."""
        for day in self._days(start.astimezone(self.zone).date()):
            for opens, closes in self._spans(day):
                if closes > start:
                    yield opens, closes

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        spans = self._cached_spans.get(day)
        if spans is None:
            hours = self.hours_of(day)
            ends = [day + _ONE_DAY if closes == _MIDNIGHT else day for _opens, closes in hours]
            spans = [(self._at(day, h[0]), self._at(end, h[1])) for end, h in zip(ends, hours, strict=True)]
            self._cached_spans[day] = spans
        return spans

    def _year(self, year: int) -> "_Year":
        cached = self._years.get(year)
        if cached is None:
            all_days = (date(year, 1, 1) + timedelta(days=n) for n in range(366 if isleap(year) else 365))
            days = [day for day in all_days if self.is_working_day(day)]
            times = (sum((closes - opens for opens, closes in self._spans(day)), _NO_TIME) for day in days)
            cached = self._years[year] = _Year(days, [_NO_TIME, *accumulate(times)])
        return cached

    def _rank(self, day: date) -> int:
        """The number of working days from the year of the first closure to the day inclusive; negative before it."""
        rank = self._ranks.get(day)
        if rank is None:
            rank = self._ranks[day] = self._rank_of_year(day.year) + self._year(day.year).rank(day)
        return rank

    def _rank_of_year(self, year: int) -> int:
        """As `_rank`, up to the beginning of a year."""
        count = self._days_before.get(year)
        if count is None:
            first = min(self.closed, default=_ANY_DAY).year
            between = (len(self._year(other).days) for other in range(*sorted((first, year))))
            count = self._days_before[year] = sum(between) * (1 if year > first else -1)
        return count

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


@dataclass(frozen=True)
class _Year:
    """The working days of a year; `upto[n]` is the working time of the first n of them."""

    days: list[date]
    upto: list[timedelta]

    def rank(self, day: date) -> int:
        """The number of working days of the year up to a day inclusive."""
        return bisect_right(self.days, day)


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a moment without a zone cannot be placed in working time")
    return moment.astimezone(UTC)


def _check_order(spans: Sequence[Span]) -> None:
    for opens, closes in spans:
        if closes <= opens and closes != _MIDNIGHT:
            raise CalendarError(f"working hours end before they begin: {opens:%H:%M} to {closes:%H:%M}")
    for (_opens, closes), (opens, _closes) in pairwise(spans):
        if opens < closes or closes == _MIDNIGHT:
            raise CalendarError(f"working hours overlap or are out of order around {opens:%H:%M}")


def parse_hours(raw: Mapping[str, Iterable[Sequence[str]]]) -> dict[int, tuple[Span, ...]]:
    """Parses `{mon: [["08:00", "12:00"], ...]}`. Raises CalendarError with the name of the invalid day."""
    hours: dict[int, tuple[Span, ...]] = {}
    for name, spans in raw.items():
        if name not in WEEKDAYS:
            raise CalendarError(f"{name!r} is no weekday: use one of {', '.join(WEEKDAYS)}")
        hours[WEEKDAYS.index(name)] = parse_spans(spans, name)
    return hours


def parse_spans(raw: Iterable[Sequence[str]], name: str) -> tuple[Span, ...]:
    """Parses `[["08:00", "12:00"], ...]`. Raises CalendarError, mentioning `name`."""
    try:
        return tuple((_parse_time(opens), _parse_time(closes)) for opens, closes in raw)
    except (TypeError, ValueError) as error:
        raise CalendarError(f'hours of {name!r} must be pairs such as ["08:00", "12:00"]: {error}') from error


def _parse_time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError(f"not {text!r}") from None


def parse_season(raw: Mapping[str, Any]) -> Season:
    """Parses `{from: "06-15", until: "09-07", hours: {mon: ...}}`. Raises CalendarError."""
    ends = []
    for name in ("from", "until"):
        try:
            month, _, day = str(raw[name]).partition("-")
            ends.append((int(month), int(day)))
            date(2024, *ends[-1])  # a leap year, so that 02-29 is valid
        except (KeyError, ValueError):
            raise CalendarError(f"a season needs {name!r}, a day of the year such as '06-15'") from None
    return Season(ends[0], ends[1], parse_hours(raw["hours"]))


def days_of(start: date, until: date | None = None) -> frozenset[date]:
    """Every date of a closure, both ends included. Raises CalendarError when it ends before it starts."""
    last = until or start
    if last < start:
        raise CalendarError(f"a closure ends ({last.isoformat()}) before it starts ({start.isoformat()})")
    return frozenset(start + timedelta(days=n) for n in range((last - start).days + 1))


def quebec_holidays(years: Iterable[int]) -> dict[date, Names]:
    """Québec's statutory holidays of those years, with their French and English names.

    Source: Act respecting labour standards, s. 60 (1 July moves to 2 July when it is a Sunday), and National Holiday
    Act, s. 2 and 5 (a day in lieu on 25 June when the 24th is a Sunday). No other holiday moves by law; a town that
    closes on another day declares a closure.
    """
    names_by_day: dict[date, Names] = {}
    listed = holidays.country_holidays("CA", subdiv="QC", years=list(years), observed=False, language="en_CA")
    for day, name in sorted(cast(Mapping[date, str], listed).items()):
        names = _HOLIDAY_NAMES.get(name, (name, name))
        on_sunday, month_day = day.weekday() == 6, (day.month, day.day)
        names_by_day[day + _ONE_DAY if on_sunday and month_day == (7, 1) else day] = names
        if on_sunday and month_day == (6, 24):
            names_by_day[day + _ONE_DAY] = (f"{names[0]} (congé reporté)", f"{names[1]} (in lieu)")
    return names_by_day
