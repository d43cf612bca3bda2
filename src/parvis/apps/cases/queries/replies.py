"""Distinguishes a citizen's replies to a question from unsolicited messages."""

from collections.abc import Collection, Iterable

from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.rules.kinds import SOMEONE_ELSE

_K = Entry.Kind
TURNS = (_K.ASKED, _K.REPLIED, _K.CLOSED, _K.REOPENED)


def unasked(entries: Iterable[Entry]) -> set[int]:
    """The numbers of the replies that answer no question; `entries` are the journal of one case, in any order.

    A question expects one reply, and none once the case is closed, unless the closing is undone.
    """
    numbers, waiting, was_waiting = set(), False, False
    for entry in sorted(entries, key=lambda entry: entry.seq):
        if entry.kind == _K.ASKED:
            waiting = True
        elif entry.kind == _K.REPLIED:
            numbers |= set() if waiting else {entry.seq}
            waiting = False
        elif entry.kind == _K.CLOSED:
            waiting, was_waiting = False, waiting
        elif entry.kind == _K.REOPENED and entry.data.get("undo"):
            waiting = was_waiting
    return numbers


def unasked_in(case: Case) -> set[int]:
    """`unasked` on the journal of a case; one query."""
    return unasked(Entry.objects.filter(case=case, kind__in=TURNS))


def by_someone_else(entry: Entry) -> bool:
    """Whether the words are of someone other than the citizen, who answered a letter about the case."""
    return bool(entry.data.get(SOMEONE_ELSE))


def entry_name(entry: Entry, added: Collection[int]) -> str:
    """The label of an entry; `added` is the result of `unasked` on its journal."""
    if entry.kind == _K.REPLIED and by_someone_else(entry):
        return _("Reply from someone else")
    if entry.kind == _K.REPLIED and entry.seq in added:
        return _("Added by the citizen")
    return entry.kind_label
