"""Who may join a group, and which group is the nearest to another. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

DAYS = 7
MINUTES_A_DAY = 24 * 60


def fits_age(age: int, least: int | None, most: int | None) -> bool:
    """Whether an age in whole years is within the two, both included."""
    return (least is None or age >= least) and (most is None or age <= most)


@dataclass(frozen=True)
class Hours:
    """When a group meets: the day of the week (0 for Monday) and the hour at which it begins."""

    weekday: int
    begins: time

    def away_from(self, other: "Hours") -> tuple[int, int]:
        """How far from another: in days of the week, then in minutes of the day."""
        days = abs(self.weekday - other.weekday)
        minutes = abs(_minutes(self.begins) - _minutes(other.begins))
        return min(days, DAYS - days), minutes


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


@dataclass(frozen=True)
class Span:
    """A moment from `starts` to `ends`."""

    starts: datetime
    ends: datetime


def first_clash(these: Iterable[Span], others: Iterable[Span]) -> Span | None:
    """The first of these that is at the same time as one of the others; one may begin when the other ends."""
    taken = sorted(others, key=lambda span: span.starts)
    return next(
        (
            span
            for span in sorted(these, key=lambda span: span.starts)
            if any(span.starts < other.ends and other.starts < span.ends for other in taken)
        ),
        None,
    )
