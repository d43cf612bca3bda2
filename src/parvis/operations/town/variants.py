"""Reading of variants/<slug>.<language>.txt: example questions, one per line."""

from collections.abc import Collection
from typing import TypeVar

from parvis.apps.catalogue.schemas import LONGEST_VARIANT, SubjectData
from parvis.apps.content.schemas import ElsewhereData
from parvis.lib.ingest.fields import Lists
from parvis.operations.town.folder import Folder

V = TypeVar("V", SubjectData, ElsewhereData)


class Variants:
    """The example questions of the text files, by slug and language, added to those of the YAML files."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._files = {(slug, lang): (file, numbers) for slug, lang, file, numbers in folder.lines("variants")}
        for file, numbers in self._files.values():
            for text, number in numbers.items():
                if len(text) > LONGEST_VARIANT:
                    self._wrong(file, number, f"a way of asking has at most {LONGEST_VARIANT} characters: {len(text)}")

    def with_files(self, entry: V) -> V:
        """The entry with the questions of its text files after its own; a question in both places is a problem."""
        both = Lists(**{lang: self._after(entry.slug, lang, own) for lang, own in entry.variants.by_language.items()})
        return entry.model_copy(update={"variants": both})

    def _after(self, slug: str, lang: str, own: tuple[str, ...]) -> tuple[str, ...]:
        file, numbers = self._files.get((slug, lang), ("", {}))
        for text in own:
            if text in numbers:
                self._wrong(file, numbers[text], f"this way of asking is already given with {slug}: {text!r}")
        return (*own, *numbers)

    def check_owners(self, slugs: Collection[str]) -> None:
        """Records a problem for each file that matches no subject and no out-of-scope topic."""
        for (slug, _lang), (file, _numbers) in self._files.items():
            if slug not in slugs:
                self._folder.problems.add(file, "", f"there is no subject, and nothing elsewhere, called {slug!r}")

    def _wrong(self, file: str, number: int, message: str) -> None:
        self._folder.problems.add(file, f"line {number}", message)
