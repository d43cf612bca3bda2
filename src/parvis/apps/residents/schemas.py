"""Schema of disclosures.yaml: what may be disclosed about someone, to whom, after which check."""

from collections.abc import Iterator
from typing import Annotated

from parvis.apps.residents.models import Disclosure
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names

_H = Disclosure.How
How = Annotated[f.Text, f.OneOf(_H.values)]


class ToldData(Entry):
    """How it may be disclosed, by asker (`residents.models.Asker`)."""

    person: How
    mandate: How
    neighbour: How
    anyone: How


class DisclosureData(Entry, named_by="slug", noun="kind of information"):
    """One kind of information: how it may be disclosed to whom, the check to do, what to say, and the legal source."""

    slug: f.Slug
    title: Annotated[f.Both, f.Most(160)]
    subjects: Annotated[f.Several, f.Known("subject")] = ()
    told: ToldData
    check: f.Both = f.NOTHING
    proof: f.Both = f.NOTHING
    anyway: f.Both = f.NOTHING
    refusal: f.Both
    source: f.Source

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A check or proof that is needed must be described; nobody may learn more than the person."""
        levels = set(self.told.model_dump().values())
        if not self.check.fr and {_H.CHECK, _H.PROOF} & levels:
            yield Mistake("'check' is missing: somebody may be told after it")
        if not self.proof.fr and _H.PROOF in levels:
            yield Mistake("'proof' is missing: somebody may be told with one")
        if self.told.anyone != _H.NEVER and self.told.person == _H.NEVER:
            yield Mistake("is told to anyone but not to the person")
