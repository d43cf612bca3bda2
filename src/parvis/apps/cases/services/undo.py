"""Undoes the last entry of a case: a new entry restores the previous values; nothing is deleted."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries.access import may_read
from parvis.apps.cases.queries.replies import entry_name, unasked_in
from parvis.apps.cases.queries.sla_reminders import REMINDER_FIELDS, move_reminders
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.cases.services.transitions import lock_case
from parvis.apps.directory.models import Actor, User
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotAllowed, NotFound

UNDO_FOR = timedelta(minutes=10)
UNDOABLE = frozenset({Entry.Kind.TAKEN, Entry.Kind.ASSIGNED, Entry.Kind.PASSED, Entry.Kind.NOTED, Entry.Kind.WAITING})
"""Internal entries only: what a citizen was told is corrected by a new answer or a new date."""


def may_undo(entry: Entry, by: User, moment: datetime) -> bool:
    """Whether this user may undo that entry at that moment, judging by the entry alone.

    It must be their own, recent, UNDOABLE, sent to nobody, and leave the due date unchanged.
    """
    is_own = entry.actor_id == by.pk and not entry.by_citizen
    internal = entry.kind in UNDOABLE and not entry.notified_via and "due_at" not in entry.data.get("set", {})
    return is_own and internal and moment - entry.at <= UNDO_FOR


@transaction.atomic
def undo(*, case_id: int, seq: int, by: User) -> Case:
    """Undoes entry `seq`, the last of the case, and restores the values before it. Safe to send twice.

    Raises NotFound for an entry of somebody else; NotAllowed when it may not be undone (`may_undo`); Conflict, saying
    what and by whom, when something happened since.
    """
    case = lock_case(case_id)
    entry = case.entries.filter(seq=seq, actor=by).first()
    if entry is None:
        raise NotFound(_("This request has no such line in its journal."))
    later = case.entries.filter(seq=seq + 1).select_related("actor").first()
    if later and later.kind == Entry.Kind.UNDONE and later.actor_id == by.pk:
        return case
    if later:
        _refuse(later, case, by)
    if not may_undo(entry, by, now()):
        raise NotAllowed(_("It can no longer be taken back: do the contrary instead."))
    take_back(case, entry, by)
    return case


def take_back(case: Case, entry: Entry, by: User) -> None:
    """Undoes the last entry of a case. The caller holds the lock and has checked that it may be undone."""
    hand_off = {"from": entry.data["to"]} if entry.kind == Entry.Kind.PASSED else {}
    put_back(case, entry, EntryDraft(Entry.Kind.UNDONE, by=Actor.staff(by), data={"undoes": entry.kind, **hand_off}))


def put_back(case: Case, entry: Entry, line: EntryDraft) -> Entry:
    """Writes `line`, restoring the values that the case had before `entry`, its last one."""
    values = _values_before(case, entry)
    for name, value in values.items():
        setattr(case, name, value)
    move_reminders(case, now())
    return write_entry(case, line, beside=REMINDER_FIELDS, **values)


def _refuse(later: Entry, case: Case, by: User) -> None:
    if not may_read(by, case):
        raise Conflict(_("It cannot be taken back: this request changed since."))
    raise Conflict(
        _("It cannot be taken back: since then, %(who)s did “%(what)s” on this request.")
        % {"who": later.actor or _("the citizen"), "what": entry_name(later, unasked_in(case))}
    )


def _values_before(case: Case, entry: Entry) -> dict[str, Any]:
    """The previous values of what the entry changed, from the journal, else the field defaults."""
    journal: dict[str, Any] = {}
    for data in case.entries.filter(seq__lt=entry.seq).order_by("seq").values_list("data", flat=True):
        journal |= data.get("set", {})
    values: dict[str, Any] = {}
    for name in entry.data.get("set", {}):
        field = Case._meta.get_field(name)
        known = name in journal
        values[name] = field.to_python(journal[name]) if known else field.get_default()  # type: ignore[union-attr]
    return values
