"""The notices of works as works.yaml gives them, brought into the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.db import transaction

from parvis.daily.loading.collections import SourceData, Texts, source_values
from parvis.daily.models import Works
from parvis.directory.models import Department
from parvis.lib.sync import Tally, sync_rows
from parvis.places.models import Sector, Street

TEXTS = ("nature", "detour", "parking", "collection", "details")


@dataclass(frozen=True)
class WorksData:
    """One notice; `street` and `sector` name what exists, or are "". `texts` holds the bilingual words of TEXTS."""

    slug: str
    kind: str
    street: str
    civic_from: int | None
    civic_to: int | None
    side: str
    sector: str
    polygon: dict[str, Any] | None
    zone: Texts
    first_day: date
    last_day: date | None
    from_hour: time | None
    until_hour: time | None
    closure: str
    texts: dict[str, Texts]
    weather: bool
    owner: str
    contact: str
    source: SourceData


@transaction.atomic
def load_works(*, works: Sequence[WorksData]) -> tuple[Tally, list[str]]:
    """Bring the notices of the file; safe to run again. What someone did in the product is kept, and named.

    A notice published in the product is none of the file's business.
    """
    edited = set(Works.objects.filter(key__startswith="file:", entries__isnull=False).values_list("key", flat=True))
    wanted = [_values(each) for each in works]
    mine = Works.objects.filter(key__startswith="file:").exclude(key__in=edited)
    tally = sync_rows(mine, ("key",), [row for row in wanted if row["key"] not in edited], gone="delete")
    kept = [each.slug for each in works if _key(each) in edited]
    said = [f"notice {slug}: changed in the product since it was loaded" for slug in kept]
    return tally + Tally(kept=len(kept)), said


def _key(each: WorksData) -> str:
    return f"file:{each.slug}"


def _values(each: WorksData) -> dict[str, Any]:
    sector = Sector.objects.filter(slug=each.sector).first() if each.sector else None
    place = (each.street, "") if each.street else (sector.name_fr, sector.name_en) if sector else each.zone
    departments = dict(Department.objects.values_list("slug", "pk"))
    texts = {f"{name}_{lang}": each.texts[name][n] for name in TEXTS for n, lang in enumerate(("fr", "en"))}
    return source_values(each.source) | texts | {
        "key": _key(each),
        "kind": each.kind,
        "place_fr": place[0],
        "place_en": place[1],
        "street_id": Street.objects.values_list("pk", flat=True).get(name=each.street) if each.street else None,
        "civic_from": each.civic_from,
        "civic_to": each.civic_to,
        "side": each.side,
        "sector_id": sector.pk if sector else None,
        "polygon": each.polygon,
        "first_day": each.first_day,
        "last_day": each.last_day,
        "from_hour": each.from_hour,
        "until_hour": each.until_hour,
        "closure": each.closure,
        "weather": each.weather,
        "owner_id": departments[each.owner],
        "contact_id": departments[each.contact] if each.contact else None,
    }  # fmt: skip
