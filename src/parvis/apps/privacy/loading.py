"""Loads the register of a town's file."""

from collections.abc import Sequence

from django.db import transaction

from parvis.apps.privacy.models import Assessment, Collection
from parvis.apps.privacy.queries import forget
from parvis.apps.privacy.rules import FORMS
from parvis.apps.privacy.schemas import CollectionData
from parvis.lib import clock
from parvis.lib.database.upsert import UpsertCounts, sync_rows
from parvis.lib.ingest.fields import columns


@transaction.atomic
def load_register(*, collections: Sequence[CollectionData], demo: bool) -> UpsertCounts:
    """Makes the register match the file; what it no longer names is deactivated, and keeps its assessments.

    An assessment is added once; those recorded in the product stay. An example counts in a demonstration only.
    """
    kinds = Collection.Kind
    wanted = [data for data in collections if demo or not data.example]
    rows = [
        columns(data) | {"kind": kinds.FORM if data.slug in FORMS else kinds.PROCESSOR, "active": True}
        for data in wanted
    ]
    counts = sync_rows(Collection.objects.all(), ("slug",), rows, gone="deactivate")
    by_slug = {row.slug: row for row in Collection.objects.all()}
    for data in wanted:
        if data.assessment is None:
            continue
        values = data.assessment.model_dump()
        key = {"collection": by_slug[data.slug], "made_on": values.pop("made_on"), "title": values.pop("title")}
        defaults = values | {"example": data.example, "recorded_at": clock.now()}
        made = Assessment.objects.get_or_create(**key, defaults=defaults)[1]
        counts += UpsertCounts(created=int(made))
    forget()
    return counts
