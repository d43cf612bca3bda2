"""When a message that is put off comes back: on the town's next opening of that part of the week."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from parvis.apps.directory.rules.calendar import WorkingCalendar

AFTERNOON, TOMORROW, MONDAY = "afternoon", "tomorrow", "monday"
NOON = time(13)


@dataclass(frozen=True)
class Later:
    """A moment when a message may come back, in the town's time; `name` is one of the constants above."""

    name: str
    at: datetime


def choices(calendar: WorkingCalendar, moment: datetime) -> list[Later]:
    """The moments proposed: this afternoon, the next working day, the first one of next week; those that differ.

    This afternoon only before 13:00 of a day worked after that.
    """
    local = calendar.local(moment)
    day = local.date()
    afternoon = calendar.opening(datetime.combine(day, NOON, local.tzinfo))
    tomorrow = morning(calendar, day + timedelta(days=1))
    monday = morning(calendar, day + timedelta(days=7 - day.weekday()))
    found = [Later(AFTERNOON, afternoon)] if local.time() < NOON and afternoon.date() == day else []
    found.append(Later(TOMORROW, tomorrow))
    return [*found, Later(MONDAY, monday)] if monday.date() != tomorrow.date() else found


def morning(calendar: WorkingCalendar, day: date) -> datetime:
    """The first opening on that date or after it."""
    return calendar.opening(calendar.start_of_day(day))
