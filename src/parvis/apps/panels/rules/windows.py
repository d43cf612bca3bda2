"""The hours and the days of the week of a message, in the time of the town."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Protocol

EVERY_DAY = range(1, 8)  # of ISO 8601: Monday is 1
DAY = timedelta(days=1)


class Windowed(Protocol):
    """What is shown between two times of day, on some days; always, and every day, without them."""

    @property
    def from_hour(self) -> time | None: ...
    @property
    def to_hour(self) -> time | None: ...
    @property
    def days(self) -> Sequence[int]: ...


def is_within(start: time | None, end: time | None, moment: time) -> bool:
    """Whether a time of day is between two others, across midnight when the first is later; always, without them."""
    if start is None or end is None or start == end:
        return True
    return start <= moment < end if start < end else moment >= start or moment < end


def plays(item: Windowed, local: datetime) -> bool:
    """Whether an item is shown at a moment of the town. A window across midnight belongs to the day when it begins.

    `time.js` of the screens judges by the same rule.
    """
    if not is_within(item.from_hour, item.to_hour, local.time()):
        return False
    return not item.days or _began(item, local).isoweekday() in item.days


def window_end(item: Windowed, local: datetime) -> datetime | None:
    """When an item that is shown at this moment of the town stops, or might; None when its hours never stop it."""
    start, end = item.from_hour, item.to_hour
    if start is None or end is None or start == end:
        return datetime.combine(local.date() + DAY, time(), local.tzinfo) if item.days else None
    return next_time(local, end)


def next_time(local: datetime, at: time) -> datetime:
    """The next moment of the town, later than this one, when its clocks read `at`."""
    today = datetime.combine(local.date(), at, local.tzinfo)
    return today if local < today else datetime.combine(local.date() + DAY, at, local.tzinfo)


def _began(item: Windowed, local: datetime) -> datetime:
    start, end = item.from_hour, item.to_hour
    crosses = start is not None and end is not None and start > end
    return local - DAY if crosses and end is not None and local.time() < end else local
