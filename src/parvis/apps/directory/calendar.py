"""The working time of a town: which days and hours its promises count.

Every moment given must carry a zone. Moments handed back are in the town's zone, with real elapsed time between them:
arithmetic goes through UTC, so that an hour stays an hour on the nights when clocks change.
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
HORIZON_DAYS = 3660  # a town closed for ten years is a mistake in its calendar

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
    """The calendar cannot tell working time: no hours at all, badly ordered hours, or closed for years on end."""


@dataclass(frozen=True)
class Season:
    """Hours that replace the usual ones each year, from one (month, day) to another, both included.

    A season may span the new year. `hours` is as in `WorkingCalendar`, whole: a weekday it does not name is not worked.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    hours: Mapping[int, tuple[Span, ...]]

    def holds(self, day: date) -> bool:
        """Whether the day is in the season."""
        here = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


@dataclass(frozen=True)
class WorkingCalendar:
    """A town's working hours and the days when it is closed.

    `hours` maps a weekday (Monday 0) to its spans of local time, in order; an absent or empty day is not worked; an
    end of 00:00 is midnight. `closed` holds holidays and closures, expanded day by day; `names` may name them (fr, en).
    `seasons` replace the hours for a part of each year, the first that holds the day. `short` gives the hours of single
    days (half days); it wins over all the others, but for a day that is closed. CalendarError when no weekday has hours
    or when spans overlap.
    """

    zone: ZoneInfo
    hours: Mapping[int, tuple[Span, ...]]
    closed: frozenset[date] = frozenset()
    names: Mapping[date, Names] = field(default_factory=lambda: _NOTHING)
    seasons: tuple[Season, ...] = ()
    short: Mapping[date, tuple[Span, ...]] = field(default_factory=lambda: _NO_SHORT)
    _known: dict[date, list[tuple[datetime, datetime]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _years: dict[int, "_Year"] = field(default_factory=dict, init=False, repr=False, compare=False)
    _sums: dict[int, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    _ranks: dict[date, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse at once what would make a promise meaningless."""
        if not any(self.hours.get(weekday) for weekday in range(7)):
            raise CalendarError("this calendar has no working hours on any weekday: give at least one span")
        for each in (self.hours, *(season.hours for season in self.seasons)):
            for weekday, spans in each.items():
                if weekday not in range(7):
                    raise CalendarError(f"weekday {weekday} does not exist: Monday is 0, Sunday is 6")
                _check_order(spans)
        for spans in self.short.values():
            _check_order(spans)

    # --- Days ---------------------------------------------------------------------------------------------------

    def hours_of(self, day: date) -> tuple[Span, ...]:
        """The spans of local time worked on that date, in order; none when it is not worked."""
        if day in self.closed:
            return ()
        if day in self.short:
            return self.short[day]
        season = next((season for season in self.seasons if season.holds(day)), None)
        return (season.hours if season else self.hours).get(day.weekday(), ())

    def is_working_day(self, day: date) -> bool:
        """Whether the town works on that date, if only for a part of it."""
        return bool(self._spans(day))

    def next_working_day(self, day: date) -> date:
        """The first working day strictly after that date."""
        return next(self._days(day + _ONE_DAY))

    def working_day_from(self, day: date) -> date:
        """That date when it is worked, otherwise the first working day after it."""
        return next(self._days(day))

    def add_working_days(self, day: date, n: int) -> date:
        """The nth working day after that date; before it when n is negative; `working_day_from(day)` when n is 0."""
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
        """The days worked from one date to another, both included, in order."""
        days = [day for year in range(first.year, last.year + 1) for day in self._year(year).days]
        return days[bisect_left(days, first) : bisect_right(days, last)]

    # --- Hours --------------------------------------------------------------------------------------------------

    def local(self, moment: datetime) -> datetime:
        """The same moment on the town's clock. ValueError when the moment has no zone."""
        return _utc(moment).astimezone(self.zone)

    def is_open(self, moment: datetime) -> bool:
        """Whether the moment falls in working hours (the opening minute does, the closing one does not)."""
        return self.opening(moment) == _utc(moment)

    def opening(self, moment: datetime) -> datetime:
        """The moment itself in working hours, otherwise the next opening."""
        start = _utc(moment)
        opens, _closes = next(self._spans_from(start))
        return max(opens, start).astimezone(self.zone)

    def is_day_over(self, moment: datetime) -> bool:
        """Whether nothing is worked any more that day: its next opening is on another day."""
        spans = self._spans(self.local(moment).date())
        return not spans or _utc(moment) >= spans[-1][1]

    def add_working_minutes(self, moment: datetime, minutes: int) -> datetime:
        """The moment when that many working minutes have passed; ValueError when negative."""
        return self.add_working_time(moment, timedelta(minutes=minutes))

    def add_working_time(self, moment: datetime, amount: timedelta) -> datetime:
        """The moment when that much working time has passed; `opening(moment)` for none; ValueError when negative.

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
        """Working time from `a` to `b`; none when `b` comes first."""
        start, end = _utc(a), _utc(b)
        if end <= start:
            return _NO_TIME
        first, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        ends = (span for day in {first, last} for span in self._spans(day))
        total = sum((max(_NO_TIME, min(closes, end) - max(opens, start)) for opens, closes in ends), _NO_TIME)
        return total + self._whole_days(first + _ONE_DAY, last)

    def _whole_days(self, first: date, after: date) -> timedelta:
        """The working time of the days from `first` on, up to `after`, which is left out."""
        if after <= first:
            return _NO_TIME
        years = (self._year(year).upto[-1] for year in range(first.year, after.year))
        begun, left = self._year(first.year), self._year(after.year)
        return sum(years, _NO_TIME) + left.upto[left.rank(after - _ONE_DAY)] - begun.upto[begun.rank(first - _ONE_DAY)]

    def start_of_day(self, day: date) -> datetime:
        """The first opening of a working day; midnight of a day that is not worked."""
        spans = self._spans(day)
        return (spans[0][0] if spans else self._at(day, _MIDNIGHT)).astimezone(self.zone)

    def end_of_day(self, day: date) -> datetime:
        """The last closing of a working day; one minute before midnight on a day that is not worked."""
        spans = self._spans(day)
        return (spans[-1][1] if spans else self._at(day, time(23, 59))).astimezone(self.zone)

    # --- Inside -------------------------------------------------------------------------------------------------

    def _days(self, first: date, step: int = 1) -> Iterator[date]:
        """Working days from `first` on, one way or the other; CalendarError after ten years without any."""
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
        """Working spans that end after `start`, in UTC; the first may have begun before it."""
        for day in self._days(start.astimezone(self.zone).date()):
            for opens, closes in self._spans(day):
                if closes > start:
                    yield opens, closes

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        spans = self._known.get(day)
        if spans is None:
            hours = self.hours_of(day)
            ends = [day + _ONE_DAY if closes == _MIDNIGHT else day for _opens, closes in hours]
            spans = [(self._at(day, h[0]), self._at(end, h[1])) for end, h in zip(ends, hours, strict=True)]
            self._known[day] = spans
        return spans

    def _year(self, year: int) -> "_Year":
        Year = self._years.get(year)
        if Year is None:
            every = (date(year, 1, 1) + timedelta(days=n) for n in range(366 if isleap(year) else 365))
            days = [day for day in every if self.is_working_day(day)]
            spans = (sum((closes - opens for opens, closes in self._spans(day)), _NO_TIME) for day in days)
            Year = self._years[year] = _Year(year, days, [_NO_TIME, *accumulate(spans)])
        return Year

    def _rank(self, day: date) -> int:
        """How many days are worked since the year that its closures begin with, up to that day, included; negative
        before it.
        """
        rank = self._ranks.get(day)
        if rank is None:
            rank = self._ranks[day] = self._begun(day.year) + self._year(day.year).rank(day)
        return rank

    def _begun(self, year: int) -> int:
        """The same, up to the beginning of a year."""
        begun = self._sums.get(year)
        if begun is None:
            first = min(self.closed, default=_ANY_DAY).year
            between = (self._year(each).days for each in range(*sorted((first, year))))
            begun = self._sums[year] = sum(map(len, between)) * (1 if year > first else -1)
        return begun

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


@dataclass(frozen=True)
class _Year:
    """The days worked in a year, and the working time of the first of them, of the first two, and so on, after none."""

    year: int
    days: list[date]
    upto: list[timedelta]

    def rank(self, day: date) -> int:
        """How many of its days are worked up to that one, included; none for a day of another year before it."""
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
    """Read `{mon: [["08:00", "12:00"], ...]}`; CalendarError names the day that cannot be read."""
    hours: dict[int, tuple[Span, ...]] = {}
    for name, spans in raw.items():
        if name not in WEEKDAYS:
            raise CalendarError(f"{name!r} is no weekday: use one of {', '.join(WEEKDAYS)}")
        hours[WEEKDAYS.index(name)] = parse_spans(spans, name)
    return hours


def parse_spans(raw: Iterable[Sequence[str]], name: str) -> tuple[Span, ...]:
    """Read `[["08:00", "12:00"], ...]`; CalendarError, with what `name` calls them, when they cannot be read."""
    try:
        return tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in raw)
    except (TypeError, ValueError) as error:
        raise CalendarError(f"hours of {name!r} must be pairs such as ['08:00', '12:00']: {error}") from error


def parse_season(raw: Mapping[str, Any]) -> Season:
    """Read `{from: "06-15", until: "09-07", hours: {mon: ...}}`; CalendarError says what cannot be read."""
    ends = []
    for name in ("from", "until"):
        try:
            month, _, day = str(raw[name]).partition("-")
            ends.append((int(month), int(day)))
            date(2024, *ends[-1])  # a leap year: 02-29 is a day
        except (KeyError, ValueError):
            raise CalendarError(f"a season needs {name!r}, a day of the year such as '06-15'") from None
    return Season(ends[0], ends[1], parse_hours(raw["hours"]))


def days_of(start: date, until: date | None = None) -> frozenset[date]:
    """Every date of a closure, both ends included; CalendarError when it ends before it starts."""
    last = until or start
    if last < start:
        raise CalendarError(f"a closure ends ({last.isoformat()}) before it starts ({start.isoformat()})")
    return frozenset(start + timedelta(days=n) for n in range((last - start).days + 1))


def quebec_holidays(years: Iterable[int]) -> dict[date, Names]:
    """Québec's statutory holidays of those years, named in French and in English.

    Source: Act respecting labour standards, s. 60 (1 July gives way to 2 July when it is a Sunday), and National
    Holiday Act, s. 2 and 5 (a day in lieu on 25 June when the 24th is a Sunday). No other holiday moves by law: a town
    that closes on another day writes a closure.
    """
    result: dict[date, Names] = {}
    listed = holidays.country_holidays("CA", subdiv="QC", years=list(years), observed=False, language="en_CA")
    for day, name in sorted(cast(Mapping[date, str], listed).items()):
        names = _HOLIDAY_NAMES.get(name, (name, name))
        on_sunday, kept = day.weekday() == 6, (day.month, day.day)
        result[day + _ONE_DAY if on_sunday and kept == (7, 1) else day] = names
        if on_sunday and kept == (6, 24):
            result[day + _ONE_DAY] = (f"{names[0]} (congé reporté)", f"{names[1]} (in lieu)")
    return result
