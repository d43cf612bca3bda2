"""Schema of the town's retention periods."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from parvis.apps.retention.queries.registry import rules
from parvis.lib.ingest import fields as f
from parvis.lib.ingest.entries import Entry, Mistake, Names, nearest


class PeriodData(Entry, named_by="slug", noun="retention period"):
    """How many months a rule keeps its data, and what says so. An example counts in a demonstration only."""

    slug: Annotated[f.Slug, f.Most(80)]
    months: Annotated[f.Number, Field(ge=1, le=1200)]
    source: f.Source
    example: f.Flag = False

    def mistakes(self, known: Names) -> Iterator[Mistake]:
        """The rule must exist."""
        if self.slug not in rules():
            yield Mistake(f"is no rule of retention{nearest(self.slug, rules())}")
