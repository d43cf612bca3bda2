"""variants/<slug>.<language>.txt: the ways people ask, one a line."""

from collections.abc import Collection

from parvis.town.folder import Folder

LONGEST_VARIANT = 400


class Variants:
    """The ways of asking of every text file, by slug and language; they come besides those of the other files."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._files = {(slug, lang): (file, said) for slug, lang, file, said in folder.lines("variants")}
        for file, said in self._files.values():
            for text, number in said.items():
                if len(text) > LONGEST_VARIANT:
                    self._wrong(file, number, f"a way of asking has at most {LONGEST_VARIANT} characters: {len(text)}")

    def added(self, slug: str, lang: str, before: tuple[str, ...]) -> tuple[str, ...]:
        """Those given elsewhere, then those of the text file; one given in both places is a mistake."""
        file, said = self._files.get((slug, lang), ("", {}))
        for text in before:
            if text in said:
                self._wrong(file, said[text], f"this way of asking is already given with {slug}: {text!r}")
        return (*before, *said)

    def check_owners(self, slugs: Collection[str]) -> None:
        """Note each file that no subject and nothing elsewhere bears the name of."""
        for (slug, _lang), (file, _said) in self._files.items():
            if slug not in slugs:
                self._folder.problems.add(file, "", f"there is no subject, and nothing elsewhere, called {slug!r}")

    def _wrong(self, file: str, number: int, message: str) -> None:
        self._folder.problems.add(file, f"line {number}", message)
