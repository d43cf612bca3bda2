"""Taking back the last thing done to a case: an entry that says so, the case as it was before, nothing erased."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.access import may_read
from parvis.apps.cases.journal import EntryDraft, write
from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.replies import entry_name, unasked_in
from parvis.apps.cases.services.moves import lock
from parvis.apps.cases.sla_reminders import REMINDER_FIELDS, move_reminders
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import User
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotAllowed, NotFound

UNDO_FOR = timedelta(minutes=10)
UNDOABLE = frozenset({Entry.Kind.TAKEN, Entry.Kind.ASSIGNED, Entry.Kind.PASSED, Entry.Kind.NOTED, Entry.Kind.WAITING})
"""What stays in the house. What a citizen was told cannot be taken back: it is answered again, or promised again."""


def may_undo(entry: Entry, by: User, moment: datetime) -> bool:
    """Whether that person may take that entry back at that moment, as far as the entry alone tells.

    Theirs, of a kind that stays in the house, told to nobody, recent, and no promise moved with it.
    """
    theirs = entry.actor_id == by.pk and not entry.by_citizen
    stays = entry.kind in UNDOABLE and not entry.notified_via and "due_at" not in entry.data.get("set", {})
    return theirs and stays and moment - entry.at <= UNDO_FOR


@transaction.atomic
def undo(*, case_id: int, seq: int, by: User) -> Case:
    """Takes back the entry `seq`, the last of the case, and gives the case the values it had before.

    Safe to send twice. Raises NotFound for an entry that is not theirs; NotAllowed when it is not of those that are
    taken back (`may_undo`); Conflict, with what happened and by whom, when something happened since.
    """
    case = lock(case_id)
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
    """Takes back the last entry of a case. The caller holds the case's lock, and found that it may be."""
    passed = {"from": entry.data["to"]} if entry.kind == Entry.Kind.PASSED else {}
    put_back(case, entry, EntryDraft(Entry.Kind.UNDONE, by=Actor.staff(by), data={"undoes": entry.kind, **passed}))


def put_back(case: Case, entry: Entry, line: EntryDraft) -> Entry:
    """Gives the case the values that it had before its last entry, in a line that says so."""
    before = _before(case, entry)
    for name, value in before.items():
        setattr(case, name, value)
    move_reminders(case, now())
    return write(case, line, beside=REMINDER_FIELDS, **before)


def _refuse(later: Entry, case: Case, by: User) -> None:
    if not may_read(by, case):
        raise Conflict(_("It cannot be taken back: this request changed since."))
    raise Conflict(
        _("It cannot be taken back: since then, %(who)s did “%(what)s” on this request.")
        % {"who": later.actor or _("the citizen"), "what": entry_name(later, unasked_in(case))}
    )


def _before(case: Case, entry: Entry) -> dict[str, Any]:
    """What each value that the entry changed was before it, read from the journal; the defaults of a case otherwise."""
    earlier = case.entries.filter(seq__lt=entry.seq).order_by("seq").values_list("data", flat=True)
    sets = [data.get("set", {}) for data in earlier]
    changed: dict[str, Any] = {}
    for name in entry.data.get("set", {}):
        field = Case._meta.get_field(name)
        told = [item[name] for item in sets if name in item]
        changed[name] = field.to_python(told[-1]) if told else field.get_default()  # type: ignore[union-attr]
    return changed
