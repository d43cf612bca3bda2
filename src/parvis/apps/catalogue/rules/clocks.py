"""The clock of a promise: pauses and their limit, reminders, and the new date when it will not be met.

Pure functions of plain values and `now`. Datetimes are aware; those returned are in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil

from parvis.apps.catalogue.rules.promises import Duration, Pause, counted_days, parse_duration, promise
from parvis.apps.directory.rules.calendar import WorkingCalendar

WARNED_AT = (50, 80)  # percentages of a promise after which its owner is warned
LAST_CALL = 90  # percentage after which the citizen is told a new date
LEAST_NOTICE = timedelta(minutes=15)


class State(StrEnum):
    """The due status of a promise; the values are used by screens and interfaces."""

    ON_TIME = "on_time"
    SOON = "soon"
    LATE = "late"
    PAUSED = "paused"


@dataclass(frozen=True)
class Clock:
    """A running promise. It stops while the town waits for the citizen or a third party."""

    due_at: datetime
    duration: Duration
    paused_at: datetime | None = None

    def pause(self, now: datetime) -> "Clock":
        """The clock paused at `now`; unchanged if already paused."""
        return self if self.paused_at else replace(self, paused_at=now)

    def resume(self, now: datetime, calendar: WorkingCalendar) -> "Clock":
        """The clock running again, its due date extended by the pause.

        By working time for business days and working hours, by elapsed time for clock hours and calendar days, not at
        all for a fixed date. Never due earlier than before. The caller limits `now` to `wait_ends`.
        """
        if self.paused_at is None:
            return self
        waited = timedelta(0)
        due = self.due_at
        if self.duration.unit in ("d", "h"):
            waited = calendar.working_time_between(self.paused_at, now)
            due = calendar.add_working_time(due, waited) if waited else due
        elif self.duration.unit != "date":
            due += max(timedelta(0), now.astimezone(UTC) - self.paused_at.astimezone(UTC))
        return Clock(due.astimezone(UTC), self.duration)

    def soon_at(self, calendar: WorkingCalendar) -> datetime:
        """When the promise becomes due soon, in UTC.

        For hours, when a quarter of the time (elapsed) is left; otherwise at the opening of the previous working day,
        or of the due day itself when only one day was promised.
        """
        if self.duration.unit in ("h", "H"):
            return self.due_at.astimezone(UTC) - timedelta(hours=self.duration.amount) / 4
        day = calendar.local(self.due_at).date()
        single = self.duration.unit in ("d", "D") and self.duration.amount <= 1
        if not single or not calendar.is_working_day(day):
            day = calendar.add_working_days(day, -1)
        return min(calendar.start_of_day(day), self.due_at).astimezone(UTC)

    def state(self, now: datetime, calendar: WorkingCalendar) -> State:
        """The status at `now`; a paused clock is PAUSED whatever its due date."""
        if self.paused_at is not None:
            return State.PAUSED
        if now > self.due_at:
            return State.LATE
        return State.SOON if now >= self.soon_at(calendar) else State.ON_TIME


# --- Limit on pauses ------------------------------------------------------------------------------------------------


def parse_wait(text: str) -> Duration:
    """Parses the longest total pause, in days ("20d", "30D"). Raises ValueError for anything else."""
    wait = parse_duration(text)
    if wait.unit not in ("d", "D"):
        raise ValueError(f"{text!r} is no number of days: write '20d' (business days) or '30D' (calendar days)")
    return wait


def wait_left(pauses: Sequence[Pause], longest: Duration, calendar: WorkingCalendar) -> int:
    """The number of days of pause left after the pauses that have ended; never negative.

    Days are counted as by `counted_days`: a pause within one day counts none.
    """
    ended = ((since, until) for since, until in pauses if until)
    used = sum(max(0, counted_days(since, until, calendar, longest.unit)) for since, until in ended)
    return max(0, longest.amount - used)


def wait_ends(pauses: Sequence[Pause], longest: Duration, calendar: WorkingCalendar) -> datetime | None:
    """When the current pause reaches the limit; None when the clock is not paused."""
    if not pauses or pauses[-1][1] is not None:
        return None
    since, left = pauses[-1][0], wait_left(pauses, longest, calendar)
    return promise(since, replace(longest, amount=left), calendar).due_at if left else since.astimezone(UTC)


# --- Reminders and new dates ----------------------------------------------------------------------------------------


def reminder_times(
    since: datetime, due: datetime, pauses: Sequence[Pause], duration: Duration, calendar: WorkingCalendar
) -> tuple[datetime, ...]:
    """When 50 % and 80 % of a promise have elapsed, and when the citizen must be told a new date (LAST_CALL).

    Counts working or elapsed time, as the promise does, without `pauses`, which have all ended. The last moment is at
    least 15 minutes before the due date, but not before `since`.
    """
    start, end = since.astimezone(UTC), due.astimezone(UTC)
    working = duration.unit in ("d", "h")

    def between(a: datetime, b: datetime) -> timedelta:
        return calendar.working_time_between(a, b) if working else max(timedelta(0), b - a)

    total, paused = between(start, end), timedelta(0)
    if duration.unit != "date":
        paused = sum((between(max(start, a), b) for a, b in pauses if b), timedelta(0))
    length = max(timedelta(0), total - paused)
    moments = []
    for percent in (*WARNED_AT, LAST_CALL):
        elapsed = total - length * (100 - percent) / 100
        moments.append(calendar.add_working_time(start, elapsed) if working else start + elapsed)
    moments[-1] = max(start, min(moments[-1], end - LEAST_NOTICE))
    return tuple(min(moment, moments[-1]).astimezone(UTC) for moment in moments)


def honest_date(
    due: datetime, duration: Duration, calendar: WorkingCalendar, *, usual: int = 0, spent: int = 0
) -> datetime:
    """A new due date, in UTC, for a promise that will not be met.

    Hourly promises are extended by their own length. Others by half their days, to the end of a working day, and at
    least to the time such requests take when known (`usual` working days in all, of which `spent` at `due`).
    """
    if duration.unit == "H":
        return due.astimezone(UTC) + timedelta(hours=duration.amount)
    if duration.unit == "h":
        return calendar.add_working_minutes(due, duration.amount * 60).astimezone(UTC)
    half = {"d": duration.amount / 2, "D": duration.amount * 5 / 14}.get(duration.unit, 5)
    more = max(1, ceil(half), usual - spent)
    day = calendar.add_working_days(calendar.local(due).date(), more)
    return calendar.end_of_day(day).astimezone(UTC)
