"""Sectors, streets and addresses as a town's files give them, brought into the database."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from parvis.apps.places.keys import address_key, name_key
from parvis.apps.places.models import Address, Sector, Segment, Street
from parvis.apps.places.schemas import CIVIC, AddressData, SectorData, SegmentData, StreetData
from parvis.lib.ingest.fields import columns
from parvis.lib.upsert import UpsertCounts, sync_rows


@transaction.atomic
def load_places(
    *,
    sectors: Sequence[SectorData],
    streets: Sequence[StreetData],
    segments: Sequence[SegmentData],
    addresses: Sequence[AddressData],
) -> dict[str, UpsertCounts]:
    """Bring the four tables to the files; safe to run again. An address that a case points at is never deleted.

    Those that `load_addresses` brought are left alone.
    """
    wanted_streets = [columns(street) | {"key": name_key(street.name)} for street in streets]
    tallies = {
        "sectors": sync_rows(Sector.objects.all(), ("slug",), map(columns, sectors), gone="delete"),
        "streets": sync_rows(Street.objects.all(), ("name",), wanted_streets, gone="leave"),
    }
    street_ids = dict(Street.objects.values_list("name", "pk"))
    sector_ids = dict(Sector.objects.values_list("slug", "pk"))
    sides = [
        columns(each, "street", "kind", "sector")
        | {"street_id": street_ids[each.street], "sector_id": sector_ids[each.sector]}
        for each in segments
    ]
    side_key = ("street_id", "first", "last", "parity", "sector_id")
    tallies["segments"] = sync_rows(Segment.objects.all(), side_key, sides, gone="delete")
    wanted = [_address(each, street_ids[each.street], sector_ids.get(each.sector)) for each in addresses]
    key = ("civic", "suffix", "unit", "street_id")
    from_files = Address.objects.filter(from_file=True, key__in=[each["key"] for each in wanted])
    elsewhere = set(from_files.values_list(*key))
    wanted = [each for each in wanted if tuple(each[name] for name in key) not in elsewhere]
    tallies["addresses"] = sync_rows(Address.objects.filter(from_file=False), key, wanted, gone="delete")
    lived_in = Exists(Address.objects.filter(street=OuterRef("pk")))
    unused = Street.objects.exclude(name__in=[street.name for street in streets]).filter(~lived_in)
    tallies["streets"] += UpsertCounts(removed=unused.delete()[0])
    return tallies


def _address(address: AddressData, street_id: int, sector_id: int | None) -> dict[str, Any]:
    match = CIVIC.fullmatch(address.civic)
    if match is None:
        raise ValueError(f"{address.civic!r} is not a civic number")
    civic, suffix = int(match[1]), match[2]
    return columns(address, "street", "sector") | {
        "civic": civic,
        "suffix": suffix,
        "street_id": street_id,
        "sector_id": sector_id,
        "key": address_key(civic, suffix, address.street, address.unit),
    }
