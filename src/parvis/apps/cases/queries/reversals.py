"""Which entries are still in effect: an undo entry directly follows the entry it undoes, and nothing is deleted.

A closing, which the citizen was told about, is instead followed directly by a reopening.
"""

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef, Q

from parvis.apps.cases.models import Entry


def not_reversed() -> Q:
    """Filters the entries that were not undone."""
    undo_entries = Entry.objects.filter(case=OuterRef("case"), seq=OuterRef("seq") + 1, kind=Entry.Kind.UNDONE)
    return ~Q(Exists(undo_entries))


def opens_again() -> Q:
    """Filters the reopenings that undid a closing made by mistake."""
    return Q(kind=Entry.Kind.REOPENED, data__has_key="undo")


def closed_by_mistake() -> Q:
    """Filters the closings that were undone."""
    reopenings = Entry.objects.filter(opens_again(), case=OuterRef("case"), seq=OuterRef("seq") + 1)
    return Q(Exists(reopenings), kind=Entry.Kind.CLOSED)


def reversals(entries: Sequence[Entry]) -> dict[int, Entry]:
    """The undo entries, by the number of the entry undone."""
    return {entry.seq - 1: entry for entry in entries if entry.kind == Entry.Kind.UNDONE}


def effective_entries(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, in the order given, without those undone nor the undo entries."""
    undone = reversals(entries)
    return [entry for entry in entries if entry.seq not in undone and entry.kind != Entry.Kind.UNDONE]


def reversed_propagations(entries: Iterable[Entry]) -> set[int]:
    """The ids of entries copied from another case (`data["of"]`) where the original was undone.

    One query per level of merging; none without copies.
    """
    sources: dict[int, int] = {entry.pk: entry.data["of"] for entry in entries if "of" in entry.data}
    reversed_ids: set[int] = set()
    while sources:
        effective = Entry.objects.filter(not_reversed(), pk__in=set(sources.values()))
        parents = dict(effective.values_list("pk", "data__of"))
        reversed_ids |= {pk for pk, source in sources.items() if source not in parents}
        sources = {pk: parents[source] for pk, source in sources.items() if parents.get(source)}
    return reversed_ids
