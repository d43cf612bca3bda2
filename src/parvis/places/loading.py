"""Sectors, streets and addresses as a town's files give them, brought into the database."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from parvis.lib.sync import Tally, sync_rows
from parvis.places.keys import address_key, name_key
from parvis.places.models import Address, Sector, Segment, Street

FLAGS = ("riverain", "agricole", "jumele", "isole", "aqueduc", "egout")
CIVIC = re.compile(r"([0-9]{1,6})([A-Z]{0,2})")


@dataclass(frozen=True)
class SectorData:
    """One polygon of the town; `polygon` is a GeoJSON geometry (longitude, latitude)."""

    slug: str
    kind: str
    name: tuple[str, str]
    polygon: dict[str, Any]
    example: bool


@dataclass(frozen=True)
class StreetData:
    """One street; `owner` is town, mtmd or private."""

    name: str
    owner: str
    note: str


@dataclass(frozen=True)
class SegmentData:
    """One side of a part of a street, and the slug of its sector; `side` is left, right or ""."""

    street: str
    first: int
    last: int
    parity: str
    side: str
    sector: str
    example: bool


@dataclass(frozen=True)
class AddressData:
    """One civic address; `civic` may end with letters ("12A"), `sector` is a slug or ""."""

    civic: str
    street: str
    unit: str
    postal: str
    sector: str
    latitude: float | None
    longitude: float | None
    flags: tuple[str, ...]
    example: bool


@transaction.atomic
def load_places(
    *,
    sectors: Sequence[SectorData],
    streets: Sequence[StreetData],
    segments: Sequence[SegmentData],
    addresses: Sequence[AddressData],
) -> dict[str, Tally]:
    """Bring the four tables to the files; safe to run again. An address that a case points at is never deleted.

    Those that `load_addresses` brought are left alone.
    """
    tallies = {
        "sectors": sync_rows(Sector.objects.all(), ("slug",), map(_sector, sectors), gone="delete"),
        "streets": sync_rows(Street.objects.all(), ("name",), map(_street, streets), gone="leave"),
    }
    street_ids = dict(Street.objects.values_list("name", "pk"))
    sector_ids = dict(Sector.objects.values_list("slug", "pk"))
    sides = [_segment(each, street_ids[each.street], sector_ids[each.sector]) for each in segments]
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
    tallies["streets"] += Tally(removed=unused.delete()[0])
    return tallies


def _sector(sector: SectorData) -> dict[str, Any]:
    return {
        "slug": sector.slug,
        "kind": sector.kind,
        "name_fr": sector.name[0],
        "name_en": sector.name[1],
        "polygon": sector.polygon,
        "example": sector.example,
    }


def _street(street: StreetData) -> dict[str, Any]:
    return {"name": street.name, "key": name_key(street.name), "owner": street.owner, "note": street.note}


def _segment(segment: SegmentData, street_id: int, sector_id: int) -> dict[str, Any]:
    return {
        "street_id": street_id,
        "first": segment.first,
        "last": segment.last,
        "parity": segment.parity,
        "side": segment.side,
        "sector_id": sector_id,
        "example": segment.example,
    }


def _address(address: AddressData, street_id: int, sector_id: int | None) -> dict[str, Any]:
    match = CIVIC.fullmatch(address.civic)
    if match is None:
        raise ValueError(f"{address.civic!r} is not a civic number")
    civic, suffix = int(match[1]), match[2]
    return {
        "civic": civic,
        "suffix": suffix,
        "unit": address.unit,
        "street_id": street_id,
        "postal": address.postal,
        "sector_id": sector_id,
        "latitude": address.latitude,
        "longitude": address.longitude,
        "flags": list(address.flags),
        "key": address_key(civic, suffix, address.street, address.unit),
        "example": address.example,
    }
