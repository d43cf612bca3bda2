"""Schema of privacy.yaml: the register of what collects personal information."""

from collections.abc import Iterator
from typing import Annotated

from parvis.apps.privacy.rules import FORMS, PROCESSORS
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names

_KNOWN = {**FORMS, **PROCESSORS}


class AssessmentData(Entry):
    """An assessment: when, what it is called, where it is, who approved it, when it is looked at again."""

    made_on: f.Day
    title: Annotated[f.Text, f.Most(200)]
    reference: Annotated[f.Text, f.Most(300)]
    approved_by: Annotated[f.Text, f.Most(160)]
    review_on: f.Day


class CollectionData(Entry, named_by="slug", noun="form or processor"):
    """What the town says of a form, or of someone outside who receives personal information."""

    slug: Annotated[f.Slug, f.OneOf(list(_KNOWN))]
    title: Annotated[f.Both, f.Most(160)]
    purpose: f.Both
    collected: f.Both
    readers: f.Both
    destination: f.Both
    kept: f.Both
    right: f.Both = f.NOTHING
    refusing: f.Both = f.NOTHING
    outside_quebec: f.Flag = False
    example: f.Flag = False
    assessment: AssessmentData | None = None

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """A notice says with what right, and what refusing brings (A-2.1, a. 65); a review follows its assessment."""
        if self.slug in FORMS:
            for name in ("right", "refusing"):
                if not getattr(self, name).fr:
                    yield Mistake(f"'{name}' is missing: the notice of a form says it")
        if self.assessment and self.assessment.review_on <= self.assessment.made_on:
            yield Mistake("'review_on' must come after 'made_on'", ("assessment",))
