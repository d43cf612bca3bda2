"""elsewhere.yaml and siblings.yaml: what is not ours, and what words alone cannot tell apart."""

from collections.abc import Sequence

from parvis.knowledge.loading import ElsewhereData, SiblingsData
from parvis.town.entries import Entry, note_twice
from parvis.town.folder import Folder
from parvis.town.variants import Variants


def read_elsewhere(folder: Folder, subjects: Sequence[str], variants: Variants) -> list[ElsewhereData]:
    """What belongs to somebody else; none when the town gives no such file."""
    entries = folder.many("elsewhere", "slug", required=False)
    found = [_read_elsewhere(entry, variants) for entry in entries]
    note_twice(entries, [data.slug for data in found], "target")
    for entry, data in zip(entries, found, strict=True):
        if data.slug in subjects:
            entry.wrong(f"{data.slug!r} is already the name of a subject")
    return found


def _read_elsewhere(entry: Entry, variants: Variants) -> ElsewhereData:
    slug = entry.slug("slug")
    door = entry.part("door")
    source = door.part("source")
    data = ElsewhereData(
        slug=slug,
        title=entry.both("title", most=160),
        say=entry.both("say"),
        door=door.both("name", ("", ""), most=160),
        phone=door.phone("phone"),
        url=door.url("url"),
        variants=(variants.added(slug, "fr", ()), variants.added(slug, "en", ())),
        source=(source.text("title", "", most=200), source.url("url")),
        verified_on=door.day("verified_on", None),
    )
    if data.door[0] and not data.phone and not data.url:
        door.wrong("'phone' or 'url' is missing: a name alone is no door")
    if data.verified_on and not data.source[0]:
        door.wrong("'source' is missing: it says where the door was checked")
    source.done()
    if (data.phone or data.url) and not data.door[0]:
        door.wrong("'name' is missing")
    door.done()
    entry.done()
    return data


def read_siblings(folder: Folder, subjects: Sequence[str]) -> list[SiblingsData]:
    """Subjects that look alike, each group with its question; none when the town gives no such file."""
    entries = folder.many("siblings", "name", required=False)
    found = []
    for entry in entries:
        parts = entry.parts("choices", "subject")
        choices = []
        for part in parts:
            label = part.both("label", most=120)
            slug = part.one_of("subject", subjects, "subject")
            choices.append({"slug": slug, "fr": label[0], "en": label[1]})
            part.done()
        if len({choice["slug"] for choice in choices}) < 2:
            entry.wrong("'choices' must lead to two subjects at least")
        found.append(SiblingsData(entry.slug("name"), entry.both("question", most=200), tuple(choices)))
        entry.done()
    note_twice(entries, [data.name for data in found], "group of siblings")
    return found
