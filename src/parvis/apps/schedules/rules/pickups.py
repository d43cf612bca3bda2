"""Computation of collection days from rules and changes. Pure.

A rule is known over a period only. A date is returned only when every day from today to it is known, so that no unknown
collection can come before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from parvis.apps.schedules.rules.seasons import Season

HORIZON = timedelta(days=400)
FARTHEST_MOVE = timedelta(days=31)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """Every `every` weeks before and after the anchor, in season; or, when `every` is 0, on those dates only.

    `first` and `last` bound what the source covers, both included; None: no bound.
    """

    every: int = 0
    anchor: date | None = None
    dates: tuple[date, ...] = ()
    season: Season | None = None
    first: date | None = None
    last: date | None = None

    def knows(self, day: date) -> bool:
        """Whether the source covers that day."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def passes(self, day: date) -> bool:
        """Whether there is a collection that day, ignoring changes."""
        if not self.knows(day) or (self.season and not self.season.holds(day)):
            return False
        if not self.every or self.anchor is None:
            return day in self.dates
        return (day - self.anchor).days % (7 * self.every) == 0


class Kind(StrEnum):
    """The kinds of change to a calendar day."""

    MOVED = "moved"
    ADDED = "added"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Change:
    """An exception to the rules; `to` is the new day of a moved one, `why` the reason in French and English."""

    kind: Kind
    day: date
    to: date | None = None
    why: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Pickup:
    """A collection day. `due` is the day given by the rule, which identifies it even when it is moved."""

    day: date
    due: date
    why: tuple[str, str] = ("", "")

    @property
    def moved(self) -> bool:
        return self.day != self.due


@dataclass(frozen=True)
class Coming:
    """The next collections, in order; `until` is the last known day, None when even today is unknown."""

    pickups: tuple[Pickup, ...]
    until: date | None


def passages(rules: Sequence[Rule], changes: Iterable[Change], first: date, last: date) -> list[Pickup]:
    """Every collection between two days, both included, in order, at most one a day."""
    start, end = first - FARTHEST_MOVE, last + FARTHEST_MOVE
    span = (start + n * _DAY for n in range((end - start).days + 1))
    pickups = {day: Pickup(day, day) for day in span if any(rule.passes(day) for rule in rules)}
    added: list[Pickup] = []
    for change in changes:
        if change.kind == Kind.ADDED:
            added.append(Pickup(change.day, change.day, change.why))
        elif pickups.pop(change.day, None) and change.kind == Kind.MOVED and change.to:
            added.append(Pickup(change.to, change.day, change.why))
    for pickup in added:
        pickups.setdefault(pickup.day, pickup)
    return [pickups[day] for day in sorted(pickups) if first <= day <= last]


def known_until(rules: Sequence[Rule], today: date) -> date | None:
    """The last of the consecutive known days from today on, at most 400 days ahead; None when today is unknown."""
    day, farthest = today, today + HORIZON
    while day <= farthest:
        ends = [rule.last or farthest for rule in rules if rule.knows(day)]
        if not ends:
            break
        day = max(ends) + _DAY
    return min(day - _DAY, farthest) if day > today else None


def upcoming(rules: Sequence[Rule], changes: Sequence[Change], today: date, many: int = 4) -> Coming:
    """The next collections, at most `many`, today's included. Today's is given even when today is not covered."""
    until = known_until(rules, today)
    if until is None:
        return Coming(tuple(passages(rules, changes, today, today)), None)
    result = passages(rules, changes, today, until + FARTHEST_MOVE)
    return Coming(tuple(pickup for pickup in result if min(pickup.due, pickup.day) <= until)[:many], until)


@dataclass(frozen=True)
class Cutoff:
    """A reservation deadline: a weekday (Monday 0) before the week of the collection, and a time."""

    weekday: int
    at: time

    def before(self, pickup: date, zone: ZoneInfo) -> datetime:
        """The deadline for a collection, in the town's zone."""
        monday = pickup - pickup.weekday() * _DAY
        return datetime.combine(monday - ((-self.weekday) % 7 or 7) * _DAY, self.at, zone)

    def open(self, pickup: date, now: datetime, zone: ZoneInfo) -> bool:
        """Whether reservations are still open; at the deadline itself they are closed."""
        return now < self.before(pickup, zone)
