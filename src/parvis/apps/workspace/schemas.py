"""phrases.yaml: the ready phrases that a town gives its people to begin with."""

from collections.abc import Iterator
from typing import Annotated

from parvis.apps.cases.rules.placeholders import unknown
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names


class PhraseData(Entry, named_by="name", noun="phrase"):
    """A phrase in French and in English, of a department, or of the whole house when it names none."""

    name: f.Slug
    words: f.Both
    department: Annotated[f.Text, f.Known("department")] = ""

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """Unknown placeholders."""
        for hole in (*unknown(self.words.fr), *unknown(self.words.en)):
            yield Mistake(f"nothing fills {{{hole}}}")
