"""The ready phrases that a town gives to begin with, brought into the database."""

from collections.abc import Sequence

from parvis.apps.directory.models import Department
from parvis.apps.workspace.models import Snippet
from parvis.apps.workspace.schemas import PhraseData
from parvis.lib.clock import now
from parvis.lib.ingest.fields import columns
from parvis.lib.upsert import UpsertCounts


def load_phrases(*, phrases: Sequence[PhraseData]) -> UpsertCounts:
    """Puts in the phrases that never were there: those that people changed or put away stay as they made them."""
    there = set(Snippet.objects.filter(owner=None).values_list("name", flat=True))
    rooms = dict(Department.objects.values_list("slug", "pk"))
    new = [
        Snippet(**columns(phrase, "department"), department_id=rooms.get(phrase.department), changed_at=now())
        for phrase in phrases
        if phrase.name not in there
    ]
    Snippet.objects.bulk_create(new)
    return UpsertCounts(created=len(new))
