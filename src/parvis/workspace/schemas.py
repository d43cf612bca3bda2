"""phrases.yaml: the ready phrases that a town gives its people to begin with."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from parvis.cases.placeholders import unknown
from parvis.lib.ingest.entries import Entry, Mistake, Names
from parvis.lib.ingest.fields import Both, Known, Slug, Text


class PhraseData(Entry):
    """A phrase in French and in English, of a department, or of the whole house when it names none."""

    named_by: ClassVar[str] = "name"
    noun: ClassVar[str] = "phrase"

    name: Slug
    words: Both
    department: Annotated[Text, Known("department")] = ""

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Every hole can be filled."""
        for hole in (*unknown(self.words.fr), *unknown(self.words.en)):
            yield Mistake(f"nothing fills {{{hole}}}")
