"""When each kind of collection passes. Pure: rules, changes and a day in; dates out.

A rule is known between two days; beyond, nobody knows. A date is handed out only when every day from today to it is
known, so that no unknown collection can come before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from parvis.apps.schedules.seasons import Season

HORIZON = timedelta(days=400)
FARTHEST_MOVE = timedelta(days=31)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """Every `every` weeks from the anchor on and before it, in season; or, when `every` is 0, on those dates only.

    `first` and `last` bound what the source says, both included; None: no bound.
    """

    every: int = 0
    anchor: date | None = None
    dates: tuple[date, ...] = ()
    season: Season | None = None
    first: date | None = None
    last: date | None = None

    def knows(self, day: date) -> bool:
        """Whether the source speaks of that day at all."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def passes(self, day: date) -> bool:
        """Whether the truck passes that day, before any change."""
        if not self.knows(day) or (self.season and not self.season.holds(day)):
            return False
        if not self.every or self.anchor is None:
            return day in self.dates
        return (day - self.anchor).days % (7 * self.every) == 0


class Kind(StrEnum):
    """What becomes of a day of the calendar."""

    MOVED = "moved"
    ADDED = "added"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Change:
    """One day that differs from the rule; `to` is the new day of a moved one, `why` says why in French and English."""

    kind: Kind
    day: date
    to: date | None = None
    why: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Pickup:
    """A passage. `due` is the day that the rule gives, which names it for good, even when it is moved."""

    day: date
    due: date
    why: tuple[str, str] = ("", "")

    @property
    def moved(self) -> bool:
        return self.day != self.due


@dataclass(frozen=True)
class Coming:
    """What passes from a day on, in order; `until` is the last day for which that is known, None when today is not."""

    pickups: tuple[Pickup, ...]
    until: date | None


def passages(rules: Sequence[Rule], changes: Iterable[Change], first: date, last: date) -> list[Pickup]:
    """Every passage between two days, both included, in order, one a day at most."""
    start, end = first - FARTHEST_MOVE, last + FARTHEST_MOVE
    span = (start + n * _DAY for n in range((end - start).days + 1))
    result = {day: Pickup(day, day) for day in span if any(rule.passes(day) for rule in rules)}
    late: list[Pickup] = []
    for change in changes:
        if change.kind == Kind.ADDED:
            late.append(Pickup(change.day, change.day, change.why))
        elif result.pop(change.day, None) and change.kind == Kind.MOVED and change.to:
            late.append(Pickup(change.to, change.day, change.why))
    for pickup in late:
        result.setdefault(pickup.day, pickup)
    return sorted((item for item in result.values() if first <= item.day <= last), key=lambda item: item.day)


def known_until(rules: Sequence[Rule], today: date) -> date | None:
    """The last day of an unbroken stretch of known days that begins today, 400 days ahead at most; None: unknown."""
    day, farthest = today, today + HORIZON
    while day <= farthest:
        ends = [rule.last or farthest for rule in rules if rule.knows(day)]
        if not ends:
            break
        day = max(ends) + _DAY
    return min(day - _DAY, farthest) if day > today else None


def upcoming(rules: Sequence[Rule], changes: Sequence[Change], today: date, many: int = 4) -> Coming:
    """The next passages, at most `many`, today's included. One today is certain even past the end of what is known."""
    until = known_until(rules, today)
    if until is None:
        return Coming(tuple(passages(rules, changes, today, today)), None)
    result = passages(rules, changes, today, until + FARTHEST_MOVE)
    return Coming(tuple(pickup for pickup in result if min(pickup.due, pickup.day) <= until)[:many], until)


@dataclass(frozen=True)
class Cutoff:
    """The last moment to reserve: that weekday (Monday 0) before the week of the passage, at that hour."""

    weekday: int
    at: time

    def before(self, pickup: date, zone: ZoneInfo) -> datetime:
        """The moment for a passage, in the town's zone."""
        monday = pickup - pickup.weekday() * _DAY
        return datetime.combine(monday - ((-self.weekday) % 7 or 7) * _DAY, self.at, zone)

    def open(self, pickup: date, now: datetime, zone: ZoneInfo) -> bool:
        """Whether one may still reserve: the last moment itself is too late."""
        return now < self.before(pickup, zone)
