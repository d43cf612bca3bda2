"""disclosures.yaml: what may be said of someone, to whom, after which check."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from parvis.lib.ingest.entries import Entry, Mistake, Names
from parvis.lib.ingest.fields import NOTHING, Both, Known, Most, OneOf, Several, Slug, Source, Text
from parvis.residents.models import Disclosure

_H = Disclosure.How
How = Annotated[Text, OneOf(_H.values)]


class ToldData(Entry):
    """How it may be told, by who asks (`residents.models.Asker`)."""

    person: How
    mandate: How
    neighbour: How
    anyone: How


class DisclosureData(Entry):
    """One kind of information: how it may be told to whom, the check to do, what to say, and the law it rests on."""

    named_by: ClassVar[str] = "slug"
    noun: ClassVar[str] = "kind of information"

    slug: Slug
    title: Annotated[Both, Most(160)]
    subjects: Annotated[Several, Known("subject")] = ()
    told: ToldData
    check: Both = NOTHING
    proof: Both = NOTHING
    anyway: Both = NOTHING
    refusal: Both
    source: Source

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """What is told after a check says which; nobody is told what the person may not know."""
        ways = set(self.told.model_dump().values())
        if not self.check.fr and {_H.CHECK, _H.PROOF} & ways:
            yield Mistake("'check' is missing: somebody may be told after it")
        if not self.proof.fr and _H.PROOF in ways:
            yield Mistake("'proof' is missing: somebody may be told with one")
        if self.told.anyone != _H.NEVER and self.told.person == _H.NEVER:
            yield Mistake("is told to anyone but not to the person")
