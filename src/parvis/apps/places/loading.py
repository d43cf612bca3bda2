"""Loading of sectors, streets and addresses from a town's files into the database."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from parvis.apps.places.models import Address, MapShape, NeighbouringTown, Sector, Segment, Street
from parvis.apps.places.rules.keys import address_key, name_key
from parvis.apps.places.schemas import (
    CIVIC,
    AddressData,
    LandmarkData,
    NeighbouringTownData,
    ParkData,
    SectorData,
    SegmentData,
    StreetData,
    StreetLineData,
    WaterData,
)
from parvis.lib.database.upsert import UpsertCounts, sync_rows
from parvis.lib.ingest.fields import columns


@transaction.atomic
def load_places(
    *,
    sectors: Sequence[SectorData],
    streets: Sequence[StreetData],
    segments: Sequence[SegmentData],
    addresses: Sequence[AddressData],
) -> dict[str, UpsertCounts]:
    """Makes the four tables match the files; idempotent. An address that a case refers to is never deleted.

    Addresses loaded by `load_addresses` are left alone.
    """
    wanted_streets = [columns(street) | {"key": name_key(street.name)} for street in streets]
    tallies = {
        "sectors": sync_rows(Sector.objects.all(), ("slug",), map(columns, sectors), gone="delete"),
        "streets": sync_rows(Street.objects.all(), ("name",), wanted_streets, gone="leave"),
    }
    street_ids = dict(Street.objects.values_list("name", "pk"))
    sector_ids = dict(Sector.objects.values_list("slug", "pk"))
    wanted_segments = [
        columns(segment, "street", "kind", "sector")
        | {"street_id": street_ids[segment.street], "sector_id": sector_ids[segment.sector]}
        for segment in segments
    ]
    segment_key = ("street_id", "first", "last", "parity", "sector_id")
    tallies["segments"] = sync_rows(Segment.objects.all(), segment_key, wanted_segments, gone="delete")
    wanted = [_address(address, street_ids[address.street], sector_ids.get(address.sector)) for address in addresses]
    key = ("civic", "suffix", "unit", "street_id")
    from_file = Address.objects.filter(from_file=True, key__in=[values["key"] for values in wanted])
    loaded = set(from_file.values_list(*key))
    wanted = [values for values in wanted if tuple(values[name] for name in key) not in loaded]
    tallies["addresses"] = sync_rows(Address.objects.filter(from_file=False), key, wanted, gone="delete")
    has_addresses = Exists(Address.objects.filter(street=OuterRef("pk")))
    unused = Street.objects.exclude(name__in=[street.name for street in streets]).filter(~has_addresses)
    tallies["streets"] += UpsertCounts(removed=unused.delete()[0])
    return tallies


@transaction.atomic
def load_map(
    *,
    water: Sequence[WaterData],
    parks: Sequence[ParkData],
    landmarks: Sequence[LandmarkData],
    lines: Sequence[StreetLineData],
) -> UpsertCounts:
    """Makes the shapes of the map match the files; the streets must be loaded. Idempotent."""
    base: dict[str, Any] = {"street_id": None, "road": "", "other_names": []}
    wanted = [base | {"kind": MapShape.Kind.WATER} | columns(shape) for shape in water]
    wanted += [base | {"kind": MapShape.Kind.PARK} | _named(shape) for shape in parks]
    wanted += [base | {"kind": MapShape.Kind.LANDMARK} | _named(shape) for shape in landmarks]
    street_ids = dict(Street.objects.values_list("name", "pk"))
    streets: dict[str, list[StreetLineData]] = {}
    for line in lines:
        streets.setdefault(line.street, []).append(line)
    for name, parts in streets.items():
        wanted.append(
            base
            | {"kind": MapShape.Kind.STREET, "slug": name_key(name).replace(" ", "-"), "name_fr": "", "name_en": ""}
            | {"street_id": street_ids[name], "road": parts[0].road, "example": any(part.example for part in parts)}
            | {"geometry": {"type": "MultiLineString", "coordinates": [line for part in parts for line in part.lines]}}
        )
    return sync_rows(MapShape.objects.all(), ("kind", "slug"), wanted, gone="delete")


@transaction.atomic
def load_neighbours(*, neighbours: Sequence[NeighbouringTownData], demo: bool) -> UpsertCounts:
    """Makes the neighbouring towns match the file; an invented area is loaded in the demonstration only. Idempotent."""
    wanted = [
        columns(neighbour) | ({} if demo or not neighbour.example else {"area": {}, "example": False})
        for neighbour in neighbours
    ]
    return sync_rows(NeighbouringTown.objects.all(), ("slug",), wanted, gone="delete")


def _named(shape: ParkData | LandmarkData) -> dict[str, Any]:
    return columns(shape) | {"other_names": list(shape.other_names)}


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
