"""What a citizen wrote: the reply to a question put to them, or words that they added unasked."""

from collections.abc import Collection, Iterable

from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, Entry

_K = Entry.Kind
TURNS = (_K.ASKED, _K.REPLIED, _K.CLOSED, _K.REOPENED)


def unasked(entries: Iterable[Entry]) -> set[int]:
    """The numbers of the replies that answer no question; `entries` are the journal of one case, in any order.

    A question waits for one reply, and no longer once the case is closed, save by mistake.
    """
    result, waiting, before = set(), False, False
    for entry in sorted(entries, key=lambda item: item.seq):
        if entry.kind == _K.ASKED:
            waiting = True
        elif entry.kind == _K.REPLIED:
            result |= set() if waiting else {entry.seq}
            waiting = False
        elif entry.kind == _K.CLOSED:
            waiting, before = False, waiting
        elif entry.kind == _K.REOPENED and entry.data.get("undo"):
            waiting = before
    return result


def unasked_in(case: Case) -> set[int]:
    """What `unasked` finds in the journal of a case; one query."""
    return unasked(Entry.objects.filter(case=case, kind__in=TURNS))


def entry_name(entry: Entry, added: Collection[int]) -> str:
    """What an entry is, in words; `added` is what `unasked` found in its journal."""
    if entry.kind == _K.REPLIED and entry.seq in added:
        return _("Added by the citizen")
    return entry.kind_label
