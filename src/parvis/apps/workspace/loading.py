"""Loads a town's initial snippets."""

from collections.abc import Sequence

from parvis.apps.directory.models import Department
from parvis.apps.workspace.models import Snippet
from parvis.apps.workspace.schemas import PhraseData
from parvis.lib.clock import now
from parvis.lib.database.upsert import UpsertCounts
from parvis.lib.ingest.fields import columns


def load_phrases(*, phrases: Sequence[PhraseData]) -> UpsertCounts:
    """Create the phrases never loaded before; those edited or deleted in the product are left alone."""
    loaded = set(Snippet.objects.filter(owner=None).values_list("name", flat=True))
    departments = dict(Department.objects.values_list("slug", "pk"))
    new = [
        Snippet(**columns(phrase, "department"), department_id=departments.get(phrase.department), changed_at=now())
        for phrase in phrases
        if phrase.name not in loaded
    ]
    Snippet.objects.bulk_create(new)
    return UpsertCounts(created=len(new))
