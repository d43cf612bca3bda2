"""Copies the entries of a case to the cases merged into it, each in its citizen's channel, language and reference."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import ngettext

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries.language_choice import LanguageChoice, entry_language, language_of
from parvis.apps.cases.queries.reversals import closed_by_mistake, not_reversed
from parvis.apps.cases.services.journal import EntryDraft
from parvis.apps.cases.services.transitions import PROPAGATED, channel_to, heads, hold_back, lock_case, write_and_notify
from parvis.apps.directory.models import Actor
from parvis.apps.residents.queries.people import ids_of
from parvis.lib.errors import Invalid

_K = Entry.Kind
SAID = (_K.ANSWERED, _K.PROMISED, _K.VISIT, _K.CLOSED, _K.INFORMED)
"""Entries copied with their words. Others are copied without: a question, a reply, a reopening are private.

The undo of a closing is sent to everyone who was notified of the closing."""
MOVED = (_K.RECOUNTED,)
SHOWN = ("due_at", "visit_on")


def merged_descendants(case: Case) -> list[Case]:
    """The cases merged into a case, at every level; one query per level."""
    cases: list[Case] = []
    level = [case] if case.merged_count else []
    while level:
        merged = list(Case.objects.filter(merged_into__in=level).select_related("person__merged_into").order_by("pk"))
        cases += merged
        level = [child for child in merged if child.merged_count]
    return cases


def in_both(case: Case, other: str, language_choice: LanguageChoice | None = None) -> str:
    """The words in the other language, or "" when no citizen of a merged case reads it.

    `language_choice` is the language of the words themselves. Raises Invalid, field `other`, when needed but blank.
    """
    written = language_choice.language if language_choice else language_of(case)
    readers = sum(language_of(merged) != written and not merged.quiet_at for merged in merged_descendants(case))
    if not readers:
        return ""
    if stripped := other.strip():
        return stripped
    if written == "fr":
        text = ngettext("One more person reads it in English.", "%(n)d more people read it in English.", readers)
    else:
        text = ngettext("One more person reads it in French.", "%(n)d more people read it in French.", readers)
    raise Invalid.in_field("other", text % {"n": readers})


def propagate_to_merged(*, entry_id: int, other: str, words: str = "") -> int:
    """Copies an entry to the journals of the cases merged into its case, and notifies their citizens.

    The placeholders of `words`, the body as written, and of `other` are filled for each case. One transaction per case;
    idempotent; skips entries erased or undone meanwhile. Returns the number of merged cases.
    """
    parent = Entry.objects.filter(pk=entry_id).values("case")
    merged = list(Case.objects.filter(merged_into__in=parent).order_by("pk").values_list("pk", flat=True))
    for case_id in merged:
        _copy_entry(entry_id, case_id, other, words)
    return len(merged)


@transaction.atomic
def _copy_entry(entry_id: int, case_id: int, other: str, words: str) -> None:
    rows = Entry.objects.filter(not_reversed(), pk=entry_id).exclude(salt="").select_related("case", "actor")
    rows = rows.exclude(closed_by_mistake())
    entry = rows.select_for_update(of=("self",), no_key=True).first()  # the lock excludes a concurrent erasure
    case = lock_case(case_id)
    if entry is None or case.merged_into_id != entry.case_id or entry.data.get("case") == case.pk:
        return
    merged = case.entries.filter(kind=_K.MERGED).order_by("-seq")[0]
    if entry.seq <= merged.data["seq"] or case.entries.filter(seq__gt=merged.seq, data__of=entry.pk).exists():
        return
    undoing = entry.kind == _K.REOPENED and "undo" in entry.data
    closing = _last_closing(case, merged) if undoing else None
    if undoing and closing is None:
        return
    with_words = entry.kind in SAID
    same = language_of(case) == entry_language(entry)
    french_only = with_words and not same and not other and entry_language(entry) == "fr"
    words = words or entry.body
    body, other = (words, other) if same or not other else (other, words)
    proof_of_work = entry.kind == _K.CLOSED and not entry.by_citizen
    line = EntryDraft(
        PROPAGATED[_K(entry.kind)],
        by=Actor.system() if entry.by.is_citizen else entry.by,
        body=body if with_words else "",
        proof=entry.proof if with_words else "",
        notified_via=_channel(case, entry) if closing is None else _reopening_channel(case, closing),
        data=_copied_data(entry) | ({"language": "fr"} if french_only else {}),
        photos=[file.attachment for file in entry.files.select_related("attachment")] if proof_of_work else (),
        other=other if with_words else "",
    )
    reached = case.notification_failed_at and line.notified_via
    changes: dict[str, Any] = {"notification_failed_at": None} if reached else {}
    write_and_notify(case, line, **changes)


def _copied_data(entry: Entry) -> dict[str, object]:
    """The entry's data without personal words, and the resulting due date."""
    names = ("reason", "door", "from", "to", "was", "incident", "undo")
    copied = {name: entry.data[name] for name in names if name in entry.data}
    due = entry.case.due_at.isoformat() if entry.case.due_at else None
    shown = {"due_at": due} | {name: entry.data["set"][name] for name in SHOWN if entry.data["set"].get(name)}
    return {**copied, "of": entry.pk, "shown": shown}


def _channel(case: Case, entry: Entry) -> str:
    """The channel for this citizen; none when they are notified by a case above, or one merged before theirs."""
    if entry.kind not in SAID and not (entry.kind in MOVED and entry.notified_via):
        return Entry.NotifiedVia.NOBODY
    if case.person is not None:
        above, person_ids = heads(case.pk)[1:], ids_of(case.person.canonical)
        earlier = Q(pk__in=above) | Q(merged_into=entry.case_id, pk__lt=case.pk)
        if Case.objects.filter(earlier, person__in=person_ids, quiet_at=None).exists():
            return Entry.NotifiedVia.NOBODY
    return channel_to(case)


def _last_closing(case: Case, merged: Entry) -> Entry | None:
    """The last closing copied since the merge, unless a reopening followed it."""
    kinds = (_K.CLOSED, _K.REOPENED)
    last = case.entries.filter(seq__gt=merged.seq, kind__in=kinds, data__has_key="of").order_by("-seq").first()
    return last if last and last.kind == _K.CLOSED else None


def _reopening_channel(case: Case, closing: Entry) -> str:
    """The channel to announce that a closing was a mistake; none when its letter could be cancelled."""
    return Entry.NotifiedVia.NOBODY if hold_back(case, closing) else channel_to(case)
