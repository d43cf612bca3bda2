"""When the next reminder of a case is due: for its promise, for taking charge, or at the end of a wait."""

from collections.abc import Sequence
from datetime import datetime

from parvis.apps.cases.models import Case
from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.rules import clocks
from parvis.apps.catalogue.rules.promises import Duration, Pause, parse_duration
from parvis.apps.directory.queries import town, working_calendar

REMINDER_FIELDS = ("next_reminder_at", "reminders_sent", "promised_at")  # set by `set_reminders`, or its input
LAST_REMINDER = len(clocks.WARNED_AT) + 1


def pauses_of(case: Case) -> list[Pause]:
    """The pauses of the clock: [(from, to or None)]."""
    return read_pauses(case.pauses)


def read_pauses(pauses: Sequence[Sequence[str | None]]) -> list[Pause]:
    """Parses the pauses stored in a case or in its journal."""
    parse = datetime.fromisoformat
    return [(parse(str(since)), parse(until) if until else None) for since, until in pauses]


def longest_wait(subject: Subject) -> Duration:
    """How long a promise of that subject may be paused in all."""
    return clocks.parse_wait(subject.wait or town().longest_wait)


def wait_ends(case: Case) -> datetime | None:
    """When the longest wait of a paused case ends; None when it is not paused. Reads `subject`."""
    if not case.is_paused:
        return None
    return clocks.wait_ends(pauses_of(case), longest_wait(case.subject), working_calendar())


def may_wait(case: Case) -> bool:
    """Whether the clock of the promise may still be paused. Reads `subject`."""
    return clocks.wait_left(pauses_of(case), longest_wait(case.subject), working_calendar()) > 0


def set_reminders(case: Case, after: datetime) -> None:
    """Sets, without saving, how many reminders were due by `after`, and the time of the next one."""
    if not case.is_open or case.due_at is None:
        case.next_reminder_at = None
    elif case.is_paused:
        case.next_reminder_at = wait_ends(case)
    else:
        since, length = case.promised_at or case.opened_at, parse_duration(case.promise)
        ack_due = None if case.acknowledged_at else case.ack_due_at
        case.reminders_sent, case.next_reminder_at = reminders_after(
            after, since, case.due_at, pauses_of(case), length, ack_due
        )


def move_reminders(case: Case, after: datetime) -> None:
    """`set_reminders` after any other event: a reminder due by `after` but not sent yet comes next.

    Without any earlier reminder (none sent, none planned), same as `set_reminders`.
    """
    sent, planned = case.reminders_sent, case.next_reminder_at
    set_reminders(case, after)
    if case.due_at is None or not case.is_open or case.is_paused or (planned is None and not sent):
        return
    if case.reminders_sent > sent or (planned is not None and planned <= after):
        case.reminders_sent, case.next_reminder_at = min(sent, case.reminders_sent), min(planned or after, after)


def reminders_after(
    after: datetime,
    since: datetime,
    due: datetime,
    pauses: Sequence[Pause],
    length: Duration,
    ack_due: datetime | None,
) -> tuple[int, datetime | None]:
    """How many reminders were due by `after`, and when the next one, or `ack_due`, comes; None when neither does."""
    reminders = clocks.reminder_times(since, due, pauses, length, working_calendar())
    upcoming = [moment for moment in (*reminders, ack_due) if moment and moment > after]
    return sum(moment <= after for moment in reminders), min(upcoming, default=None)
