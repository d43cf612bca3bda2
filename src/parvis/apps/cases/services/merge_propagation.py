"""What is said on a request reaches those whose own is merged into it: each in their channel, language and number."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import ngettext

from parvis.apps.cases.journal import EntryDraft
from parvis.apps.cases.language_choice import LanguageChoice, entry_language, language_of
from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.reversals import closed_by_mistake, not_reversed
from parvis.apps.cases.services.moves import PROPAGATED, channel_to, heads, hold_back, lock, write_and_notify
from parvis.apps.directory.actors import Actor
from parvis.apps.residents.queries import ids_of
from parvis.lib.errors import Invalid

_K = Entry.Kind
SAID = (_K.ANSWERED, _K.PROMISED, _K.VISIT, _K.CLOSED, _K.INFORMED)
"""What is told in words. Of the rest, only that it happened: a question, a reply, a reopening are somebody's own.

A closing made by mistake is told to be one to whoever was told of it."""
MOVED = (_K.RECOUNTED,)
SHOWN = ("due_at", "visit_on")


def beneath(case: Case) -> list[Case]:
    """The requests merged into a case, and into those; one query a level."""
    result: list[Case] = []
    level = [case] if case.merged_count else []
    while level:
        merged = list(Case.objects.filter(merged_into__in=level).select_related("person__merged_into").order_by("pk"))
        result += merged
        level = [item for item in merged if item.merged_count]
    return result


def in_both(case: Case, other: str, language_choice: LanguageChoice | None = None) -> str:
    """The words in the other language, when someone whose request is merged into this one reads it; "" for nobody.

    `language_choice` is what the words themselves are in, when chosen. Raises Invalid, field `other`, when there
    are none and somebody needs them.
    """
    written = language_choice.language if language_choice else language_of(case)
    needing = sum(language_of(item) != written and not item.quiet_at for item in beneath(case))
    if not needing:
        return ""
    if kept := other.strip():
        return kept
    if written == "fr":
        text = ngettext("One more person reads it in English.", "%(n)d more people read it in English.", needing)
    else:
        text = ngettext("One more person reads it in French.", "%(n)d more people read it in French.", needing)
    raise Invalid(text % {"n": needing}, {"other": text % {"n": needing}})


def propagate_to_merged(*, entry_id: int, other: str, words: str = "") -> int:
    """Writes an entry of a case in the journals of those merged into it by then, and tells their citizens.

    `words` are those of the entry as they were written: their holes are filled anew for each, as those of `other` are.
    Each in a transaction of its own; asked twice, nobody is told twice; what was erased or taken back meanwhile is not
    told any more. Returns how many there are.
    """
    above = Entry.objects.filter(pk=entry_id).values("case")
    merged = list(Case.objects.filter(merged_into__in=above).order_by("pk").values_list("pk", flat=True))
    for case_id in merged:
        _carry(entry_id, case_id, other, words)
    return len(merged)


@transaction.atomic
def _carry(entry_id: int, case_id: int, other: str, words: str) -> None:
    rows = Entry.objects.filter(not_reversed(), pk=entry_id).exclude(salt="").select_related("case", "actor")
    rows = rows.exclude(closed_by_mistake())
    entry = rows.select_for_update(of=("self",), no_key=True).first()  # who erases its words waits, or went first
    case = lock(case_id)
    if entry is None or case.merged_into_id != entry.case_id or entry.data.get("case") == case.pk:
        return
    merged = case.entries.filter(kind=_K.MERGED).order_by("-seq")[0]
    if entry.seq <= merged.data["seq"] or case.entries.filter(seq__gt=merged.seq, data__of=entry.pk).exists():
        return
    undoing = entry.kind == _K.REOPENED and "undo" in entry.data
    closing = _last_closing(case, merged) if undoing else None
    if undoing and closing is None:
        return
    said = entry.kind in SAID
    same = language_of(case) == entry_language(entry)
    french = said and not same and not other and entry_language(entry) == "fr"  # nobody needed it in English then
    words = words or entry.body
    line = EntryDraft(
        PROPAGATED[_K(entry.kind)],
        by=Actor.system() if entry.by.is_citizen else entry.by,
        body=(words if same or not other else other) if said else "",
        proof=entry.proof if said else "",
        notified_via=_way(case, entry) if closing is None else _way_back(case, closing),
        data=_carried(entry) | ({"language": "fr"} if french else {}),
        photos=[file.attachment for file in entry.files.select_related("attachment")] if _shows(entry) else (),
        other=(other if same or not other else words) if said else "",
    )
    told: dict[str, Any] = {"notification_failed_at": None} if case.notification_failed_at and line.notified_via else {}
    write_and_notify(case, line, **told)


def _carried(entry: Entry) -> dict[str, object]:
    """What the entry says without anyone's words, and the date that holds after it."""
    kept = {
        name: entry.data[name]
        for name in ("reason", "door", "from", "to", "was", "incident", "undo")
        if name in entry.data
    }
    due = entry.case.due_at.isoformat() if entry.case.due_at else None
    shown = {"due_at": due} | {name: entry.data["set"][name] for name in SHOWN if entry.data["set"].get(name)}
    return {**kept, "of": entry.pk, "shown": shown}


def _shows(entry: Entry) -> bool:
    """Whether its photos are the house's own: the proof of the work."""
    return entry.kind == _K.CLOSED and not entry.by_citizen


def _way(case: Case, entry: Entry) -> str:
    """How this citizen hears of it; not twice when they also told the other one, or one merged into it before."""
    if entry.kind not in SAID and not (entry.kind in MOVED and entry.notified_via):
        return Entry.NotifiedVia.NOBODY
    if case.person is not None:
        above, theirs = heads(case.pk)[1:], ids_of(case.person.canonical)
        before = Q(pk__in=above) | Q(merged_into=entry.case_id, pk__lt=case.pk)
        if Case.objects.filter(before, person__in=theirs, quiet_at=None).exists():
            return Entry.NotifiedVia.NOBODY
    return channel_to(case)


def _last_closing(case: Case, merged: Entry) -> Entry | None:
    """The closing that its journal took from the other one, when nothing opened it again."""
    kinds = (_K.CLOSED, _K.REOPENED)
    last = case.entries.filter(seq__gt=merged.seq, kind__in=kinds, data__has_key="of").order_by("-seq").first()
    return last if last and last.kind == _K.CLOSED else None


def _way_back(case: Case, closing: Entry) -> str:
    """How this citizen hears that a closing was a mistake: not at all when they never hear of it."""
    return Entry.NotifiedVia.NOBODY if hold_back(case, closing) else channel_to(case)
