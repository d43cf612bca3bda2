"""Whether the town may be reached now, and when next."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from parvis.apps.directory.calendar import WorkingCalendar

DAYS_TOLD = 7


@dataclass(frozen=True)
class DayHours:
    """The hours of one day, none when it is closed; the holiday or closure that closes it, if any."""

    day: date
    spans: tuple[tuple[time, time], ...]
    closed_for: tuple[str, str] | None = None


@dataclass(frozen=True)
class Reach:
    """Open or not at that moment; when it closes, or when it opens next; the holiday or closure of the day, if any.

    `days` are the hours of seven days, today first. Every moment is on the town's clock. `known` is false when nobody
    confirmed the hours: nothing else is then said.
    """

    known: bool
    open: bool = False
    closes_at: datetime | None = None
    opens_at: datetime | None = None
    closed_for: tuple[str, str] | None = None
    days: tuple[DayHours, ...] = ()


def reach(calendar: WorkingCalendar | None, moment: datetime) -> Reach:
    """How things stand at that moment; without a calendar nobody confirmed the hours. The closing minute is closed."""
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
    """The end of the span that is running: of the closings of the day, the first to come."""
    spans = calendar.hours_of(local.date())
    later = [closes for opens, closes in spans if opens <= local.time() and (closes > local.time() or not closes.hour)]
    closing = later[0]
    end = calendar.end_of_day(local.date())
    return (
        end
        if closing == spans[-1][1]
        else local.replace(hour=closing.hour, minute=closing.minute, second=0, microsecond=0)
    )
