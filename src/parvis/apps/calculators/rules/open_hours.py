"""Whether the town is open now, and when it opens next."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from parvis.apps.directory.rules.calendar import WorkingCalendar

DAYS_TOLD = 7


@dataclass(frozen=True)
class DayHours:
    """The opening hours of one day, empty when closed, with the holiday or closure that closes it, if any."""

    day: date
    spans: tuple[tuple[time, time], ...]
    closed_for: tuple[str, str] | None = None


@dataclass(frozen=True)
class Reach:
    """Whether it is open, when it closes or opens next, and the day's holiday or closure, if any.

    `days` are the hours of seven days, today first. Every moment is in the town's time zone. `known` is false when the
    hours are unconfirmed: nothing else is then given.
    """

    known: bool
    open: bool = False
    closes_at: datetime | None = None
    opens_at: datetime | None = None
    closed_for: tuple[str, str] | None = None
    days: tuple[DayHours, ...] = ()


def reach(calendar: WorkingCalendar | None, moment: datetime) -> Reach:
    """The opening status at that moment; no calendar means unconfirmed hours. The closing minute counts as closed."""
    if calendar is None:
        return Reach(known=False)
    local = calendar.local(moment)
    days = tuple(_day(calendar, local.date() + timedelta(days=ahead)) for ahead in range(DAYS_TOLD))
    if calendar.is_open(moment):
        return Reach(True, True, closes_at=_closing(calendar, local), days=days)
    closed_for = calendar.names.get(local.date())
    return Reach(True, opens_at=calendar.opening(moment), closed_for=closed_for, days=days)


def _day(calendar: WorkingCalendar, day: date) -> DayHours:
    spans = calendar.hours_of(day)
    return DayHours(day, spans, None if spans else calendar.names.get(day))


def _closing(calendar: WorkingCalendar, local: datetime) -> datetime:
    """The end of the current span: the first closing time still to come."""
    spans, at = calendar.hours_of(local.date()), local.time()
    closing = next(closes for opens, closes in spans if opens <= at and (closes > at or not closes.hour))
    if closing == spans[-1][1]:
        return calendar.end_of_day(local.date())
    return local.replace(hour=closing.hour, minute=closing.minute, second=0, microsecond=0)
