"""Loads the disclosure rules of a town's file."""

from collections.abc import Sequence

from django.db import transaction

from parvis.apps.residents.models import Disclosure
from parvis.apps.residents.schemas import DisclosureData
from parvis.lib.database.upsert import UpsertCounts, sync_rows
from parvis.lib.ingest.fields import columns


@transaction.atomic
def load_disclosures(*, disclosures: Sequence[DisclosureData]) -> UpsertCounts:
    """Syncs the rules with the file; one no longer named is deactivated, since checks may refer to it."""
    wanted = [
        columns(data, "source")
        | {
            "position": position,
            "active": True,
            "told": data.told.model_dump(),
            "source": data.source.title,
            "source_url": data.source.url,
        }
        for position, data in enumerate(disclosures)
    ]
    return sync_rows(Disclosure.objects.all(), ("slug",), wanted, gone="deactivate")
