"""The promises of the open cases, counted again from their journals when the working calendar changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from parvis.apps.cases.journal import EntryDraft
from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.services.moves import channel_to, lock, write_and_notify
from parvis.apps.cases.sla_reminders import REMINDER_FIELDS, longest_wait, move_reminders, read_pauses
from parvis.apps.catalogue.clocks import Clock, wait_ends
from parvis.apps.catalogue.promises import Pause, parse_duration, promise
from parvis.apps.directory.calendar import WorkingCalendar
from parvis.apps.directory.queries import calendar_mark, town, working_calendar
from parvis.apps.directory.services import promises_follow
from parvis.lib.clock import now

CHUNK = 200
SAME = timedelta(minutes=1)  # an entry is written a moment after what it says was decided


@dataclass(frozen=True)
class Moved:
    """A promise that the calendar moves: the case, and the moments before and after."""

    case_id: int
    reference: str
    before: datetime
    after: datetime


@dataclass(frozen=True)
class Counted:
    """What a journal says of a promise by a calendar: by when it is settled, by when someone takes charge."""

    due_at: datetime | None
    ack_due_at: datetime | None


def calendar_changed() -> bool:
    """Whether the promises of the open cases were counted by another calendar. The first calendar changes nothing."""
    return town().calendar_hash not in ("", calendar_mark())


def what_moves() -> Iterator[Moved]:
    """The promises of open cases that the present calendar moves, in order of their numbers; nothing is written."""
    for case, entries in _open_cases():
        moved = _moved(case, entries, working_calendar(), now())
        if moved:
            yield moved


def follow_calendar() -> list[Moved]:
    """Moves the promises of the open cases to what the present calendar gives, each with a trace in its journal.

    The citizen of a date to come that is later is told, by the channel they use. A date that comes nearer never falls
    in the past: it stays. Closed cases are untouched, and so is a date that a person gave. Safe to run again, and to
    stop.
    """
    mark, moved = calendar_mark(), []
    if town().calendar_hash:
        moved = [done for what_move in what_moves() if (done := _move(what_move.case_id))]
        _repair_reminders()
    promises_follow(mark=mark)
    return moved


@transaction.atomic
def _move(case_id: int) -> Moved | None:
    case, moment = lock(case_id), now()
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
    """Bells ring by the present calendar, also where the date itself does not move."""
    for case, _entries in _open_cases(with_entries=False):
        was = (case.next_reminder_at, case.reminders_sent)
        move_reminders(case, now())
        if (case.next_reminder_at, case.reminders_sent) != was:
            Case.objects.filter(pk=case.pk, seq=case.seq).update(
                next_reminder_at=case.next_reminder_at, reminders_sent=case.reminders_sent
            )


def _open_cases(*, with_entries: bool = True) -> Iterator[tuple[Case, Sequence[Mapping[str, Any]]]]:
    """The open cases that have a promise, with their entries in order; two queries for 200 of them."""
    rows = (
        Case.objects.exclude(state=State.CLOSED).filter(due_at__isnull=False).select_related("subject").order_by("pk")
    )
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:CHUNK]):
        last = chunk[-1].pk
        entries: dict[int, list[Mapping[str, Any]]] = {case.pk: [] for case in chunk}
        if with_entries:
            order = Entry.objects.filter(case__in=chunk).order_by("case_id", "seq")
            for entry in order.values("case_id", "kind", "at", "data"):
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
    """What the journal of a case says of its promise by a calendar. `entries` are {kind, at, data}, in order.

    A promise begins where its duration is written down; the pauses push it; a date that a person gave, or that came
    from an earlier system, is taken as it is. The earlier date of a request merged into it holds while it is merged.
    """
    due: datetime | None = None
    ack: datetime | None = None
    clock_of, pauses, longest = case.promise, list[Pause](), longest_wait(case.subject)
    merged = _merged(entries)
    for at, entry in enumerate(entries):
        changes = entry["data"].get("set", {})
        if entry["kind"] == Entry.Kind.GATHERED:
            due = min(due, merged[at]) if due and at in merged else due
        if entry["kind"] in (Entry.Kind.RECOUNTED, Entry.Kind.GATHERED, Entry.Kind.PARTED):
            continue
        if changes.get("promise"):
            clock_of = str(changes["promise"])
        if "pauses" in changes:
            if changes.get("due_at"):  # a wait that ends with the case pushes nothing
                due = _pushed(
                    due, read_pauses(changes["pauses"]), pauses, clock_of, longest_of=longest, calendar=calendar
                )
            pauses = read_pauses(changes["pauses"])
        if changes.get("due_at"):
            due = _begun(entry, changes, due, clock_of, calendar)
        if changes.get("ack_due_at"):
            ack = promise(entry["at"], case.subject.ack, calendar).due_at
    return Counted(due, ack if case.ack_due_at else None)


def _merged(entries: Sequence[Mapping[str, Any]]) -> dict[int, datetime]:
    """The dates promised to those whose request is still merged into it, by the place of the entry that says so.

    A date that the citizen was told of holds even when the other request is on its own again.
    """
    held: dict[int, int] = {}
    for at, entry in enumerate(entries):
        if entry["kind"] == Entry.Kind.GATHERED:
            held[entry["data"]["case"]] = at
        elif entry["kind"] == Entry.Kind.PARTED and not entry["data"].get("kept"):
            held.pop(entry["data"]["case"], None)
    dates = {at: str(entries[at]["data"].get("due") or "") for at in held.values()}
    return {at: datetime.fromisoformat(due) for at, due in dates.items() if due}


def _begun(
    entry: Mapping[str, Any], changes: Mapping[str, Any], due: datetime | None, length: str, calendar: WorkingCalendar
) -> datetime | None:
    """The date that this entry gives: counted where a promise begins, as written where someone gave it."""
    opens = entry["kind"] == Entry.Kind.OPENED
    if changes.get("promise") and not (opens and entry["data"].get("imported")):
        return promise(entry["at"], length, calendar).due_at
    if changes.get("pauses"):
        return due  # pushed by what was waited
    return datetime.fromisoformat(str(changes["due_at"]))


def _pushed(
    due: datetime | None,
    pauses: Sequence[Pause],
    before: Sequence[Pause],
    length: str,
    *,
    longest_of: Any,
    calendar: WorkingCalendar,
) -> datetime | None:
    """The date after a pause that ended; a pause that begins, or a new beginning, moves nothing."""
    if due is None or not pauses or not before or before[-1][1] is not None or pauses[-1][1] is None:
        return due
    since, until = pauses[-1]
    ends = wait_ends([*pauses[:-1], (since, None)], longest_of, calendar)
    assert until is not None and ends is not None
    return Clock(due, parse_duration(length), since).resume(min(until, ends), calendar).due_at
