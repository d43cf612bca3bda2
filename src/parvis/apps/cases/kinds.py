"""The kinds of journal entries that apps above `cases` bring, beside those of `Entry.Kind`."""

from dataclasses import dataclass

from parvis.lib.errors import type_text


@dataclass(frozen=True)
class EntryKind:
    """One kind: its name as it is kept, and what the staff read.

    `told_as` is what the citizen reads instead; empty, they never see such an entry. `spoken` shows them its words too.
    """

    name: str
    label: type_text
    told_as: type_text = ""
    spoken: bool = False

    def __str__(self) -> str:
        return self.name


ADDED: dict[str, EntryKind] = {}  # filled by `journal.register_kind`
