"""The clocks of a promise: how long they may stand still, when their owner is warned, what comes when they run out.

Pure functions of plain values and `now`. Every moment carries a zone; moments handed back are in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil

from parvis.apps.catalogue.promises import Duration, Pause, counted_days, parse_duration, promise
from parvis.apps.directory.calendar import WorkingCalendar

WARNED_AT = (50, 80)  # percents of a promise after which its owner is warned
LAST_CALL = 90  # after which the citizen gets an honest new date
LEAST_NOTICE = timedelta(minutes=15)


class State(StrEnum):
    """How a promise stands: the value is what a screen or an interface names it by."""

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
        """The same promise, stopped; one already stopped is left alone."""
        return self if self.paused_at else replace(self, paused_at=now)

    def resume(self, now: datetime, calendar: WorkingCalendar) -> "Clock":
        """The same promise, running again and due later by what was waited.

        Working time waited for days and hours of work, elapsed time for clock hours and calendar days, nothing for a
        fixed date. Never due earlier than before. `now` is for the caller to bound by `wait_ends`.
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
        """From when the owner must be warned, in UTC.

        A quarter of the time before an hourly promise is due (elapsed time); otherwise the opening of the working day
        before, or of the due day itself when only one day was promised.
        """
        if self.duration.unit in ("h", "H"):
            return self.due_at.astimezone(UTC) - timedelta(hours=self.duration.amount) / 4
        day = calendar.local(self.due_at).date()
        single = self.duration.unit in ("d", "D") and self.duration.amount <= 1
        if not single or not calendar.is_working_day(day):
            day = calendar.add_working_days(day, -1)
        return min(calendar.start_of_day(day), self.due_at).astimezone(UTC)

    def state(self, now: datetime, calendar: WorkingCalendar) -> State:
        """How the promise stands at `now`; a stopped one is paused, whatever its date."""
        if self.paused_at is not None:
            return State.PAUSED
        if now > self.due_at:
            return State.LATE
        return State.SOON if now >= self.soon_at(calendar) else State.ON_TIME


# --- How long it may stand still ------------------------------------------------------------------------------------


def parse_wait(text: str) -> Duration:
    """The longest wait of a promise, in days ("20d", "30D"); ValueError when it is anything else."""
    wait = parse_duration(text)
    if wait.unit not in ("d", "D"):
        raise ValueError(f"{text!r} is no number of days: write '20d' (business days) or '30D' (calendar days)")
    return wait


def wait_left(pauses: Sequence[Pause], longest: Duration, calendar: WorkingCalendar) -> int:
    """How many days a promise may still stand still, after its pauses that are over; never negative.

    A pause counts the days after the one when it began, up to the one when it ended, as `counted_days` does: none
    within a day.
    """
    over = ((since, until) for since, until in pauses if until)
    used = sum(max(0, counted_days(since, until, calendar, longest.unit)) for since, until in over)
    return max(0, longest.amount - used)


def wait_ends(pauses: Sequence[Pause], longest: Duration, calendar: WorkingCalendar) -> datetime | None:
    """When the pause that runs will have lasted as long as all may; None when none runs."""
    if not pauses or pauses[-1][1] is not None:
        return None
    since, left = pauses[-1][0], wait_left(pauses, longest, calendar)
    return promise(since, replace(longest, amount=left), calendar).due_at if left else since.astimezone(UTC)


# --- Who is warned, and when ----------------------------------------------------------------------------------------


def reminder_times(
    since: datetime, due: datetime, pauses: Sequence[Pause], duration: Duration, calendar: WorkingCalendar
) -> tuple[datetime, ...]:
    """The moments when half of the promise, then 80 % of it, is gone, and when the citizen must hear of a new date.

    What counts is the time that the promise counts, working or elapsed, without what was waited in `pauses`, all of
    them over. The last comes a quarter of an hour before the promise at the latest; none before `since`.
    """
    start, end = since.astimezone(UTC), due.astimezone(UTC)
    working = duration.unit in ("d", "h")

    def between(a: datetime, b: datetime) -> timedelta:
        return calendar.working_time_between(a, b) if working else max(timedelta(0), b - a)

    whole = between(start, end)
    waited = sum((between(max(start, a), b) for a, b in pauses if b), timedelta(0)) if duration.unit != "date" else None
    length = max(timedelta(0), whole - (waited or timedelta(0)))
    result = []
    for part in (*WARNED_AT, LAST_CALL):
        at = whole - length * (100 - part) / 100
        result.append(calendar.add_working_time(start, at) if working else start + at)
    result[-1] = max(start, min(result[-1], end - LEAST_NOTICE))
    return tuple(min(moment, result[-1]).astimezone(UTC) for moment in result)


def honest_date(
    due: datetime, duration: Duration, calendar: WorkingCalendar, *, usual: int = 0, spent: int = 0
) -> datetime:
    """A new date for a promise that will not be kept, in UTC, later than `due`.

    Promised by the hour: as much again. By the day: the end of a working day, half as many days later, and no sooner
    than what such requests take, when that is known (`usual` working days in all, of which `spent` are gone at `due`).
    """
    if duration.unit == "H":
        return due.astimezone(UTC) + timedelta(hours=duration.amount)
    if duration.unit == "h":
        return calendar.add_working_minutes(due, duration.amount * 60).astimezone(UTC)
    half = {"d": duration.amount / 2, "D": duration.amount * 5 / 14}.get(duration.unit, 5)
    more = max(1, ceil(half), usual - spent)
    day = calendar.add_working_days(calendar.local(due).date(), more)
    return calendar.end_of_day(day).astimezone(UTC)
