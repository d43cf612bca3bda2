"""phrases.yaml: the ready phrases that a town gives its people to begin with."""

from collections.abc import Sequence

from parvis.cases.placeholders import unknown
from parvis.town.entries import Entry, note_twice
from parvis.town.folder import Folder
from parvis.workspace.loading import PhraseData


def read_phrases(folder: Folder, departments: Sequence[str]) -> list[PhraseData]:
    """The phrases; none when the town gives no such file."""
    entries = folder.many("phrases", "name", required=False)
    found = [_read(entry, departments) for entry in entries]
    note_twice(entries, [data.name for data in found], "phrase")
    return found


def _read(entry: Entry, departments: Sequence[str]) -> PhraseData:
    data = PhraseData(
        name=entry.slug("name"),
        words=entry.both("words"),
        department=entry.one_of("department", departments, "department", ""),
    )
    for hole in (*unknown(data.words[0]), *unknown(data.words[1])):
        entry.wrong(f"nothing fills {{{hole}}}")
    entry.done()
    return data
