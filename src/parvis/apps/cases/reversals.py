"""Which entries still hold: a taking back follows at once the entry that it takes back, and nothing is erased.

A closing, which was told, is not taken back but undone: the reopening that says so follows it at once too.
"""

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef, Q

from parvis.apps.cases.models import Entry


def not_reversed() -> Q:
    """The filter of the entries that were not taken back."""
    undoing = Entry.objects.filter(case=OuterRef("case"), seq=OuterRef("seq") + 1, kind=Entry.Kind.UNDONE)
    return ~Q(Exists(undoing))


def opens_again() -> Q:
    """The filter of the reopenings that undid a closing made by mistake."""
    return Q(kind=Entry.Kind.REOPENED, data__has_key="undo")


def closed_by_mistake() -> Q:
    """The filter of the closings that were undone."""
    undoing = Entry.objects.filter(opens_again(), case=OuterRef("case"), seq=OuterRef("seq") + 1)
    return Q(Exists(undoing), kind=Entry.Kind.CLOSED)


def reversals(entries: Sequence[Entry]) -> dict[int, Entry]:
    """By the number of each entry that was taken back, the entry that did it."""
    return {entry.seq - 1: entry for entry in entries if entry.kind == Entry.Kind.UNDONE}


def effective_entries(entries: Sequence[Entry]) -> list[Entry]:
    """The entries, in the order given, without those taken back nor those that did it."""
    gone = reversals(entries)
    return [entry for entry in entries if entry.seq not in gone and entry.kind != Entry.Kind.UNDONE]


def reversed_propagations(entries: Iterable[Entry]) -> set[int]:
    """The ids of those that were carried from an entry of another case, taken back there since.

    A query for each merging above; none when nothing was carried.
    """
    above: dict[int, int] = {entry.pk: entry.data["of"] for entry in entries if "of" in entry.data}
    vain: set[int] = set()
    while above:
        held = Entry.objects.filter(not_reversed(), pk__in=set(above.values()))
        of = dict(held.values_list("pk", "data__of"))
        vain |= {pk for pk, source in above.items() if source not in of}
        above = {pk: of[source] for pk, source in above.items() if of.get(source)}
    return vain
