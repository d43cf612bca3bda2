"""When the clocks of a case say something next: its promise, the time to take charge, the end of a wait."""

from collections.abc import Sequence
from datetime import datetime

from parvis.apps.cases.models import Case
from parvis.apps.catalogue import clocks
from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.promises import Duration, Pause, parse_duration
from parvis.apps.directory.queries import town, working_calendar

REMINDER_FIELDS = (
    "next_reminder_at",
    "reminders_sent",
    "promised_at",
)  # the attributes that `set_reminders` sets, and what they follow from
LAST_REMINDER = len(clocks.WARNED_AT) + 1


def pauses_of(case: Case) -> list[Pause]:
    """When the clock stood still: [(from, to or None)]."""
    return read_pauses(case.pauses)


def read_pauses(kept: Sequence[Sequence[str | None]]) -> list[Pause]:
    """The pauses as a case and its journal keep them, read."""
    return [
        (datetime.fromisoformat(str(since)), datetime.fromisoformat(until) if until else None) for since, until in kept
    ]


def longest_wait(subject: Subject) -> Duration:
    """How long a promise of that subject may stand still in all."""
    return clocks.parse_wait(subject.wait or town().longest_wait)


def wait_ends(case: Case) -> datetime | None:
    """When a paused case will have waited as long as it may; None when it is not paused. Reads `subject`."""
    if not case.is_paused:
        return None
    return clocks.wait_ends(pauses_of(case), longest_wait(case.subject), working_calendar())


def may_wait(case: Case) -> bool:
    """Whether the clock of the promise may stand still, still or again. Reads `subject`."""
    return clocks.wait_left(pauses_of(case), longest_wait(case.subject), working_calendar()) > 0


def set_reminders(case: Case, after: datetime) -> None:
    """Sets, without saving, how many reminders were due by `after`, and when the next one is."""
    if not case.is_open or case.due_at is None:
        case.next_reminder_at = None
    elif case.is_paused:
        case.next_reminder_at = wait_ends(case)
    else:
        since, length = case.promised_at or case.opened_at, parse_duration(case.promise)
        waiting = None if case.acknowledged_at else case.ack_due_at
        case.reminders_sent, case.next_reminder_at = reminders_after(
            after, since, case.due_at, pauses_of(case), length, waiting
        )


def move_reminders(case: Case, after: datetime) -> None:
    """`set_reminders` when something else than a reminder happens: one due by `after` and not sent comes next.

    A case that never had any (none sent, no moment) is only set.
    """
    rung, waiting = case.reminders_sent, case.next_reminder_at
    set_reminders(case, after)
    if case.due_at is None or not case.is_open or case.is_paused or (waiting is None and not rung):
        return
    if case.reminders_sent > rung or (waiting is not None and waiting <= after):
        case.reminders_sent, case.next_reminder_at = min(rung, case.reminders_sent), min(waiting or after, after)


def reminders_after(
    after: datetime,
    since: datetime,
    due: datetime,
    pauses: Sequence[Pause],
    length: Duration,
    ack_due: datetime | None,
) -> tuple[int, datetime | None]:
    """How many reminders were due by `after`, and the next moment: one, or when someone should have taken charge."""
    reminders = clocks.reminder_times(since, due, pauses, length, working_calendar())
    ahead = [moment for moment in (*reminders, ack_due) if moment and moment > after]
    return sum(moment <= after for moment in reminders), min(ahead, default=None)
