"""The deadline to ask for a review of an assessment. Act respecting municipal taxation, s. 130 and following."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Kind = Literal["roll", "certificate"]
Reason = Literal["roll", "notice", "certificate"]


@dataclass(frozen=True)
class Limits:
    """The limits of the law, each None when unknown: days after the notice, days after it from a value on, the month
    before whose first day a request on a new roll is made, days after a certificate of alteration.
    """

    days: int | None
    long_days: int | None
    long_from: int | None
    month: int | None
    certificate_days: int | None


@dataclass(frozen=True)
class Deadline:
    """The last day, the rule that gives it, and the two dates compared; None where a limit is unknown.

    `complete` is false when a relevant limit is unknown: the true last day may be later, never earlier.
    """

    last_day: date | None
    reason: Reason | None
    by_notice: date | None
    by_roll: date | None
    days_left: int | None
    complete: bool

    @property
    def passed(self) -> bool:
        """Whether the last day has passed."""
        return self.days_left is not None and self.days_left < 0


def deadline(kind: Kind, notice_on: date, value: int, roll_year: int, limits: Limits, today: date) -> Deadline:
    """The last day to ask: the day before the month of the roll's first year, or the given days after the notice if
    later.

    For a certificate, the given days after it. One may still ask on the last day.
    """
    if kind == "certificate":
        days = limits.certificate_days
        last = None if days is None else notice_on + timedelta(days=days)
        return Deadline(last, "certificate" if last else None, last, None, _left(last, today), last is not None)
    large = limits.long_from is not None and value >= limits.long_from
    after = limits.long_days if large and limits.long_days is not None else limits.days
    by_notice = None if after is None else notice_on + timedelta(days=after)
    by_roll = None if limits.month is None else date(roll_year, limits.month, 1) - timedelta(days=1)
    candidates: list[tuple[date | None, Reason]] = [(by_roll, "roll"), (by_notice, "notice")]
    known = [(day, reason) for day, reason in candidates if day is not None]
    last, reason = max(known, default=(None, None), key=lambda candidate: candidate[0])
    complete = None not in (by_notice, by_roll, limits.long_from) and not (large and limits.long_days is None)
    return Deadline(last, reason, by_notice, by_roll, _left(last, today), complete)


def _left(last: date | None, today: date) -> int | None:
    return None if last is None else (last - today).days
