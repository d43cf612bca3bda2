"""The notices of works as works.yaml gives them, brought into the database."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from parvis.apps.directory.models import Department
from parvis.apps.places.models import Sector, Street
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.schemas import WorksData
from parvis.lib.ingest.fields import columns
from parvis.lib.upsert import UpsertCounts, sync_rows


@transaction.atomic
def load_works(*, works: Sequence[WorksData]) -> tuple[UpsertCounts, list[str]]:
    """Bring the notices of the file; safe to run again. What someone did in the product is kept, and named.

    A notice published in the product is none of the file's business.
    """
    edited = set(
        RoadNotice.objects.filter(key__startswith="file:", entries__isnull=False).values_list("key", flat=True)
    )
    wanted = [_values(each) for each in works]
    mine = RoadNotice.objects.filter(key__startswith="file:").exclude(key__in=edited)
    tally = sync_rows(mine, ("key",), [row for row in wanted if row["key"] not in edited], gone="delete")
    kept = [each.slug for each in works if _key(each) in edited]
    said = [f"notice {slug}: changed in the product since it was loaded" for slug in kept]
    return tally + UpsertCounts(kept=len(kept)), said


def _key(each: WorksData) -> str:
    return f"file:{each.slug}"


def _values(each: WorksData) -> dict[str, Any]:
    sector = Sector.objects.filter(slug=each.sector).first() if each.sector else None
    place = (each.street, "") if each.street else (sector.name_fr, sector.name_en) if sector else each.zone
    departments = dict(Department.objects.values_list("slug", "pk"))
    return columns(each, "slug", "street", "sector", "zone", "whole_town", "owner", "contact") | {
        "key": _key(each),
        "place_fr": place[0],
        "place_en": place[1],
        "street_id": Street.objects.values_list("pk", flat=True).get(name=each.street) if each.street else None,
        "sector_id": sector.pk if sector else None,
        "from_hour": each.hours.first if each.hours else None,
        "until_hour": each.hours.last if each.hours else None,
        "owner_id": departments[each.owner],
        "contact_id": departments.get(each.contact),
    }
