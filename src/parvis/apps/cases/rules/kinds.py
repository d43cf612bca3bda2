"""Kinds of journal entries registered by apps above `cases`, in addition to `Entry.Kind`."""

from dataclasses import dataclass

from parvis.lib.errors import type_text

SOMEONE_ELSE = "someone_else"  # in the data of an entry by a citizen: the words are of another person


@dataclass(frozen=True)
class EntryKind:
    """One kind: its stored name and its label for the staff.

    `told_as` is the label for the citizen; empty hides the entry from them. `spoken` shows them its words too.
    `letter` is the dotted name of the function that renders its letter, from the entry's key; without one, entries of
    this kind notify nobody.
    """

    name: str
    label: type_text
    told_as: type_text = ""
    spoken: bool = False
    letter: str = ""

    def __str__(self) -> str:
        return self.name


ADDED: dict[str, EntryKind] = {}  # filled by `journal.register_kind`
