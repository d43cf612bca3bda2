"""disclosures.yaml: what may be said of someone, to whom, after which check."""

from collections.abc import Sequence

from parvis.residents.loading import DisclosureData
from parvis.residents.models import Asker, Disclosure
from parvis.town.entries import Entry, note_twice
from parvis.town.folder import Folder

_H = Disclosure.How


def read_disclosures(folder: Folder, subjects: Sequence[str]) -> list[DisclosureData]:
    """The kinds of information, in the order of the screens; none when the town gives no such file."""
    entries = folder.many("disclosures", "slug", required=False)
    found = [_read(entry, subjects) for entry in entries]
    note_twice(entries, [data.slug for data in found], "kind of information")
    return found


def _read(entry: Entry, subjects: Sequence[str]) -> DisclosureData:
    told, source = entry.part("told"), entry.part("source")
    data = DisclosureData(
        slug=entry.slug("slug"),
        title=entry.both("title", most=160),
        subjects=entry.some_of("subjects", subjects, "subject"),
        told={asker: told.one_of(asker, _H.values) for asker in Asker.values},
        check=entry.both("check", ("", "")),
        proof=entry.both("proof", ("", "")),
        anyway=entry.both("anyway", ("", "")),
        refusal=entry.both("refusal"),
        source=source.text("title", most=200),
        source_url=source.url("url"),
    )
    if not data.check[0] and {_H.CHECK, _H.PROOF} & set(data.told.values()):
        entry.wrong("'check' is missing: somebody may be told after it")
    if not data.proof[0] and _H.PROOF in data.told.values():
        entry.wrong("'proof' is missing: somebody may be told with one")
    if data.told["anyone"] != _H.NEVER and data.told["person"] == _H.NEVER:
        entry.wrong("is told to anyone but not to the person")
    for part in (told, source, entry):
        part.done()
    return data
