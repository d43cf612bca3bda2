"""Recalculates the due dates of open cases from their journals after a change of the working calendar."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.queries.sla_reminders import REMINDER_FIELDS, longest_wait, move_reminders, read_pauses
from parvis.apps.cases.services.journal import EntryDraft
from parvis.apps.cases.services.transitions import channel_to, lock_case, write_and_notify
from parvis.apps.catalogue.rules.clocks import Clock, wait_ends
from parvis.apps.catalogue.rules.promises import Duration, Pause, parse_duration, promise
from parvis.apps.directory.queries import calendar_mark, town, working_calendar
from parvis.apps.directory.rules.calendar import WorkingCalendar
from parvis.apps.directory.services.staff import store_calendar_mark
from parvis.lib.clock import now

CHUNK = 200
SAME = timedelta(minutes=1)  # an entry is written shortly after its due date is computed


@dataclass(frozen=True)
class Moved:
    """A due date that changes with the calendar: the case, and the dates before and after."""

    case_id: int
    reference: str
    before: datetime
    after: datetime


@dataclass(frozen=True)
class Counted:
    """The dates computed from a journal with a given calendar."""

    due_at: datetime | None
    ack_due_at: datetime | None


def calendar_changed() -> bool:
    """Whether the due dates were computed with another calendar; False before the first one."""
    return town().calendar_hash not in ("", calendar_mark())


def moved_promises() -> Iterator[Moved]:
    """The due dates of open cases that differ with the current calendar, by id; writes nothing."""
    for case, entries in _open_cases():
        moved = _moved(case, entries, working_calendar(), now())
        if moved:
            yield moved


def follow_calendar() -> list[Moved]:
    """Recalculates the due dates of open cases with the current calendar, with an entry in each journal.

    Citizens are notified of a later date still to come. An earlier date never falls in the past: the old one is kept.
    Closed cases and dates given by a person are unchanged. Safe to interrupt and to run again.
    """
    mark, moved = calendar_mark(), []
    if town().calendar_hash:
        moved = [done for planned in moved_promises() if (done := _move(planned.case_id))]
        _repair_reminders()
    store_calendar_mark(mark=mark)
    return moved


@transaction.atomic
def _move(case_id: int) -> Moved | None:
    case, moment = lock_case(case_id), now()
    entries = list(case.entries.order_by("seq").values("kind", "at", "data"))
    moved = _moved(case, entries, working_calendar(), moment) if case.is_open else None
    if moved is None:
        return None
    counted = count(case, entries, working_calendar())
    local = working_calendar().local
    later = moved.after > moment and local(moved.after).date() > local(moved.before).date()
    line = EntryDraft(
        Entry.Kind.RECOUNTED,
        notified_via=channel_to(case) if later else Entry.NotifiedVia.NOBODY,
        data={"was": moved.before.isoformat()},
    )
    case.due_at, case.ack_due_at = moved.after, counted.ack_due_at
    move_reminders(case, moment)
    write_and_notify(case, line, beside=REMINDER_FIELDS, due_at=moved.after, ack_due_at=counted.ack_due_at)
    return moved


def _repair_reminders() -> None:
    """Reminders follow the current calendar even when the due date is unchanged."""
    for case, _entries in _open_cases(with_entries=False):
        before = (case.next_reminder_at, case.reminders_sent)
        move_reminders(case, now())
        if (case.next_reminder_at, case.reminders_sent) != before:
            Case.objects.filter(pk=case.pk, seq=case.seq).update(
                next_reminder_at=case.next_reminder_at, reminders_sent=case.reminders_sent
            )


def _open_cases(*, with_entries: bool = True) -> Iterator[tuple[Case, Sequence[Mapping[str, Any]]]]:
    """The open cases with a due date, with their entries in order; two queries per 200 cases."""
    rows = Case.objects.exclude(state=State.CLOSED).filter(due_at__isnull=False)
    rows = rows.select_related("subject").order_by("pk")
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:CHUNK]):
        last = chunk[-1].pk
        entries: dict[int, list[Mapping[str, Any]]] = {case.pk: [] for case in chunk}
        if with_entries:
            ordered = Entry.objects.filter(case__in=chunk).order_by("case_id", "seq")
            for entry in ordered.values("case_id", "kind", "at", "data"):
                entries[entry["case_id"]].append(entry)
        for case in chunk:
            yield case, entries[case.pk]


def _moved(
    case: Case, entries: Sequence[Mapping[str, Any]], calendar: WorkingCalendar, moment: datetime
) -> Moved | None:
    due = count(case, entries, calendar).due_at
    if due is None or case.due_at is None or abs(due - case.due_at) < SAME or (due <= moment and due < case.due_at):
        return None
    return Moved(case.pk, case.reference, case.due_at, due)


def count(case: Case, entries: Sequence[Mapping[str, Any]], calendar: WorkingCalendar) -> Counted:
    """Computes the dates of a case from its journal with a calendar. `entries` are {kind, at, data}, in order.

    A promise starts with the entry that sets its duration, and pauses extend it. A date given by a person, or imported,
    is used as it is. The earlier date of a merged case applies while it is merged.
    """
    due: datetime | None = None
    ack: datetime | None = None
    duration, pauses, longest = case.promise, list[Pause](), longest_wait(case.subject)
    merged_dates = _merged_dates(entries)
    for index, entry in enumerate(entries):
        changes = entry["data"].get("set", {})
        if entry["kind"] == Entry.Kind.GATHERED:
            due = min(due, merged_dates[index]) if due and index in merged_dates else due
        if entry["kind"] in (Entry.Kind.RECOUNTED, Entry.Kind.GATHERED, Entry.Kind.PARTED):
            continue
        duration = str(changes.get("promise") or duration)
        if "pauses" in changes:
            before, pauses = pauses, read_pauses(changes["pauses"])
            if changes.get("due_at"):  # a pause that ends by closing the case does not extend the promise
                due = _extended(due, pauses, before, duration, longest, calendar)
        if changes.get("due_at"):
            due = _date_set(entry, changes, due, duration, calendar)
        if changes.get("ack_due_at"):
            ack = promise(entry["at"], case.subject.ack, calendar).due_at
    return Counted(due, ack if case.ack_due_at else None)


def _merged_dates(entries: Sequence[Mapping[str, Any]]) -> dict[int, datetime]:
    """The due dates of the cases still merged into this one, by the index of the merge entry.

    A date that the citizen was told of (`kept`) applies even after the other case is unmerged.
    """
    merges: dict[int, int] = {}
    for index, entry in enumerate(entries):
        if entry["kind"] == Entry.Kind.GATHERED:
            merges[entry["data"]["case"]] = index
        elif entry["kind"] == Entry.Kind.PARTED and not entry["data"].get("kept"):
            merges.pop(entry["data"]["case"], None)
    dates = {index: str(entries[index]["data"].get("due") or "") for index in merges.values()}
    return {index: datetime.fromisoformat(due) for index, due in dates.items() if due}


def _date_set(
    entry: Mapping[str, Any], changes: Mapping[str, Any], due: datetime | None, duration: str, calendar: WorkingCalendar
) -> datetime | None:
    """The date set by this entry: computed where a promise starts, as written where someone gave it."""
    imported = entry["kind"] == Entry.Kind.OPENED and entry["data"].get("imported")
    if changes.get("promise") and not imported and entry["kind"] != Entry.Kind.PROMISED:
        return promise(entry["at"], duration, calendar).due_at
    if changes.get("pauses"):
        return due  # already extended by the pause
    return datetime.fromisoformat(str(changes["due_at"]))


def _extended(
    due: datetime | None,
    pauses: Sequence[Pause],
    before: Sequence[Pause],
    duration: str,
    longest: Duration,
    calendar: WorkingCalendar,
) -> datetime | None:
    """The date after a pause that ended; a pause that starts, or a new promise, changes nothing."""
    if due is None or not pauses or not before or before[-1][1] is not None or pauses[-1][1] is None:
        return due
    since, until = pauses[-1]
    ends = wait_ends([*pauses[:-1], (since, None)], longest, calendar)
    assert until is not None and ends is not None
    return Clock(due, parse_duration(duration), since).resume(min(until, ends), calendar).due_at
