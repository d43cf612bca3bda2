"""When a group meets: from a weekday and a number of weeks to moments, across the changes of the clocks."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo

WEEK = timedelta(weeks=1)

Meet = tuple[datetime, datetime]


def weekly_days(first: date, weekday: int, weeks: int, skipped: Collection[date], last: date) -> list[date]:
    """The days of `weeks` weekly meetings from the first `weekday` (Monday 0) on or after `first`, until `last`.

    A skipped day has no meeting; its week is made up at the end, when the last day leaves room for it.
    """
    day = first + timedelta(days=(weekday - first.weekday()) % 7)
    days: list[date] = []
    while len(days) < weeks and day <= last:
        if day not in skipped:
            days.append(day)
        day += WEEK
    return days


def meetings_on(days: Iterable[date], starts: time, ends: time, zone: tzinfo) -> list[Meet]:
    """A meeting on each day, at the same hours of the town's clocks, in UTC and in order."""
    return [
        (
            datetime.combine(day, starts, zone).astimezone(UTC),
            datetime.combine(day, ends, zone).astimezone(UTC),
        )
        for day in sorted(set(days))
    ]
