"""Until when the review of an assessment may be asked. Act respecting municipal taxation, s. 130 and following."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Kind = Literal["roll", "certificate"]
Reason = Literal["roll", "notice", "certificate"]


@dataclass(frozen=True)
class Limits:
    """What the law gives, each None when it is not known here: days after the notice, days after it from a value on,
    the month before whose first day a request on a new roll is made, days after a certificate of alteration.
    """

    days: int | None
    long_days: int | None
    long_from: int | None
    month: int | None
    certificate_days: int | None


@dataclass(frozen=True)
class Deadline:
    """The last day, which rule gives it, and the two dates that were compared; None where a limit is unknown.

    `complete` is false when a limit that counts is unknown: the true last day may be later, never earlier.
    """

    last_day: date | None
    reason: Reason | None
    by_notice: date | None
    by_roll: date | None
    days_left: int | None
    complete: bool

    @property
    def passed(self) -> bool:
        """Whether the last day is behind."""
        return self.days_left is not None and self.days_left < 0


def deadline(kind: Kind, notice_on: date, value: int, roll_year: int, limits: Limits, today: date) -> Deadline:
    """The later of the day before the month of the roll's first year, and so many days after the notice; for a
    certificate, so many days after it. The last day counted is the last on which one may still ask.
    """
    if kind == "certificate":
        days = limits.certificate_days
        last = None if days is None else notice_on + timedelta(days=days)
        return Deadline(last, "certificate" if last else None, last, None, _left(last, today), last is not None)
    large = limits.long_from is not None and value >= limits.long_from
    after = limits.long_days if large and limits.long_days is not None else limits.days
    by_notice = None if after is None else notice_on + timedelta(days=after)
    by_roll = None if limits.month is None else date(roll_year, limits.month, 1) - timedelta(days=1)
    known: list[tuple[date, Reason]] = []
    if by_roll is not None:
        known.append((by_roll, "roll"))
    if by_notice is not None:
        known.append((by_notice, "notice"))
    last, reason = max(known, default=(None, None), key=lambda item: item[0])
    complete = None not in (by_notice, by_roll, limits.long_from) and not (large and limits.long_days is None)
    return Deadline(last, reason, by_notice, by_roll, _left(last, today), complete)


def _left(last: date | None, today: date) -> int | None:
    return None if last is None else (last - today).days
