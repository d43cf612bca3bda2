"""variants/<slug>.<language>.txt: the ways people ask, one a line."""

from collections.abc import Collection
from typing import TypeVar

from parvis.apps.catalogue.schemas import LONGEST_VARIANT, SubjectData
from parvis.apps.knowledge.schemas import ElsewhereData
from parvis.lib.ingest.fields import Lists
from parvis.operations.town.folder import Folder

V = TypeVar("V", SubjectData, ElsewhereData)


class Variants:
    """The ways of asking of every text file, by slug and language; they come besides those of the other files."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._files = {(slug, lang): (file, said) for slug, lang, file, said in folder.lines("variants")}
        for file, said in self._files.values():
            for text, number in said.items():
                if len(text) > LONGEST_VARIANT:
                    self._wrong(file, number, f"a way of asking has at most {LONGEST_VARIANT} characters: {len(text)}")

    def with_files(self, entry: V) -> V:
        """The entry with the ways of asking of its text files after its own; one given in both places is a mistake."""
        both = Lists(**{lang: self._after(entry.slug, lang, own) for lang, own in entry.variants.by_language.items()})
        return entry.model_copy(update={"variants": both})

    def _after(self, slug: str, lang: str, own: tuple[str, ...]) -> tuple[str, ...]:
        file, said = self._files.get((slug, lang), ("", {}))
        for text in own:
            if text in said:
                self._wrong(file, said[text], f"this way of asking is already given with {slug}: {text!r}")
        return (*own, *said)

    def check_owners(self, slugs: Collection[str]) -> None:
        """Note each file that no subject and nothing elsewhere bears the name of."""
        for (slug, _lang), (file, _said) in self._files.items():
            if slug not in slugs:
                self._folder.problems.add(file, "", f"there is no subject, and nothing elsewhere, called {slug!r}")

    def _wrong(self, file: str, number: int, message: str) -> None:
        self._folder.problems.add(file, f"line {number}", message)
