"""Loading of winter.yaml, the winter parking rule, into the database."""

from parvis.apps.directory.models import Department
from parvis.apps.schedules.models import WinterRule
from parvis.apps.schedules.schemas import WinterData
from parvis.lib.database.upsert import UpsertCounts, sync_rows
from parvis.lib.ingest.fields import columns


def load_winter(*, winter: WinterData | None) -> UpsertCounts:
    """Makes the rule match the file, or deletes it without a file. Declarations are kept."""
    if winter is None:
        return sync_rows(WinterRule.objects.all(), ("pk",), [], gone="delete")
    values = columns(winter, "owner") | {
        "pk": 1,
        "season_first": winter.season.first,
        "season_last": winter.season.last,
        "banned_from": winter.banned.first,
        "banned_until": winter.banned.last,
        "decided_from": winter.decided.first,
        "decided_by": winter.decided.last,
        "owner_id": Department.objects.values_list("pk", flat=True).get(slug=winter.owner),
        "lots_fr": list(winter.lots.fr),
        "lots_en": list(winter.lots.en),
    }
    return sync_rows(WinterRule.objects.all(), ("pk",), [values], gone="delete")
