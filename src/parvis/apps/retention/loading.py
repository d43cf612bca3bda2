"""Loading of retention.yaml."""

from collections.abc import Sequence

from django.db import transaction

from parvis.apps.retention.models import Period
from parvis.apps.retention.schemas import PeriodData
from parvis.lib.database.upsert import UpsertCounts, sync_rows
from parvis.lib.ingest.fields import columns


@transaction.atomic
def load_periods(*, periods: Sequence[PeriodData], demo: bool) -> UpsertCounts:
    """Makes the periods match the file; a rule that it no longer names proposes nothing from then on."""
    wanted = [columns(data) | {"active": True} for data in periods if demo or not data.example]
    return sync_rows(Period.objects.all(), ("slug",), wanted, gone="deactivate")
