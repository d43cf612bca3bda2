"""Loading of works.yaml, the road notices, into the database."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from parvis.apps.directory.models import Department
from parvis.apps.places.models import Sector, Street
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.schemas import WorksData
from parvis.lib.database.upsert import UpsertCounts, sync_rows
from parvis.lib.ingest.fields import columns


@transaction.atomic
def load_works(*, works: Sequence[WorksData]) -> tuple[UpsertCounts, list[str]]:
    """Makes the notices match the file; idempotent. Notices edited in the product are kept, and listed.

    Notices published in the product are left alone.
    """
    edited = set(
        RoadNotice.objects.filter(key__startswith="file:", entries__isnull=False).values_list("key", flat=True)
    )
    wanted = [_values(notice) for notice in works]
    unedited = RoadNotice.objects.filter(key__startswith="file:").exclude(key__in=edited)
    tally = sync_rows(unedited, ("key",), [row for row in wanted if row["key"] not in edited], gone="delete")
    kept = [
        f"notice {notice.slug}: changed in the product since it was loaded"
        for notice in works
        if _key(notice) in edited
    ]
    return tally + UpsertCounts(kept=len(kept)), kept


def _key(notice: WorksData) -> str:
    return f"file:{notice.slug}"


def _values(notice: WorksData) -> dict[str, Any]:
    sector = Sector.objects.filter(slug=notice.sector).first() if notice.sector else None
    place = (notice.street, "") if notice.street else (sector.name_fr, sector.name_en) if sector else notice.zone
    departments = dict(Department.objects.values_list("slug", "pk"))
    return columns(notice, "slug", "street", "sector", "zone", "whole_town", "owner", "contact") | {
        "key": _key(notice),
        "place_fr": place[0],
        "place_en": place[1],
        "street_id": Street.objects.values_list("pk", flat=True).get(name=notice.street) if notice.street else None,
        "sector_id": sector.pk if sector else None,
        "from_hour": notice.hours.first if notice.hours else None,
        "until_hour": notice.hours.last if notice.hours else None,
        "owner_id": departments[notice.owner],
        "contact_id": departments.get(notice.contact),
    }
