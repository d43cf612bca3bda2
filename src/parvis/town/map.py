"""sectors.geojson, streets.csv, segments.csv and addresses.csv."""

from collections.abc import Mapping, Sequence
from typing import Any

from parvis.lib.words import number
from parvis.places.loading import CIVIC, FLAGS, AddressData, SectorData, SegmentData, StreetData
from parvis.places.models import Street
from parvis.places.sides import PARITIES, Side, contradictions
from parvis.town.entries import Entry, note_twice
from parvis.town.folder import Folder

KINDS = ("collecte", "quartier", "deneigement")
SHAPES = ("Polygon", "MultiPolygon")


def read_sectors(folder: Folder) -> list[SectorData]:
    """The polygons of the town."""
    features = folder.geojson("sectors")
    found = [_read_sector(feature) for feature in features]
    note_twice(features, [sector.slug for sector in found], "sector")
    return found


def _read_sector(feature: Entry) -> SectorData:
    properties, geometry = feature.part("properties"), feature.value("geometry", {})
    properties.where = feature.where
    feature.text("type", "")
    polygon: dict[str, Any] = geometry if isinstance(geometry, dict) else {}
    if not is_area(polygon):
        feature.wrong("its geometry must be a closed Polygon or MultiPolygon of [longitude, latitude]")
    sector = SectorData(
        slug=properties.slug("slug"),
        kind=properties.one_of("kind", KINDS),
        name=properties.both("name", most=120),
        polygon=polygon,
        example=properties.flag("example", False),
    )
    properties.done()
    feature.done()
    return sector


def is_area(geometry: dict[str, Any]) -> bool:
    """Whether it is a closed Polygon or MultiPolygon of GeoJSON, somewhere on Earth."""
    return geometry.get("type") in SHAPES and _is_closed(geometry)


def _is_closed(polygon: dict[str, Any]) -> bool:
    rings = polygon.get("coordinates") or []
    if polygon["type"] == "MultiPolygon":
        rings = [ring for part in rings for ring in part]
    return bool(rings) and all(len(ring) >= 4 and ring[0] == ring[-1] and _on_earth(ring) for ring in rings)


def _on_earth(ring: Sequence[Sequence[float]]) -> bool:
    return all(-180 <= point[0] <= 180 and -90 <= point[1] <= 90 for point in ring)


def read_streets(folder: Folder) -> list[StreetData]:
    """The streets of the town and who owns each."""
    rows = folder.table("streets", ("street", "owner", "note"))
    found = [
        StreetData(row.text("street", most=120), row.one_of("owner", Street.Owner.values), row.text("note", most=200))
        for row in rows
    ]
    note_twice(rows, [street.name for street in found], "street")
    return found


def read_segments(folder: Folder, streets: Sequence[str], sectors: Sequence[SectorData]) -> list[SegmentData]:
    """The sides of streets and the sector of each; none when there is no such file."""
    columns = ("street", "from", "to", "parity", "kind", "sector")
    rows = folder.table("segments", columns, optional=("side", "example"), required=False)
    kinds, known = {sector.slug: sector.kind for sector in sectors}, set(streets)
    found = [_read_segment(row, known, kinds) for row in rows]
    sides = [
        (one.street, kinds.get(one.sector, ""), Side(one.first, one.last, one.parity), one.sector) for one in found
    ]
    for first, second in contradictions(sides):
        rows[second].wrong(f"{found[second].street}: {rows[first].where} puts some of these numbers in another sector")
    places = [" ".join(map(str, (one.street, one.first, one.last, one.parity, one.sector))) for one in found]
    note_twice(rows, places, "segment")
    return found


def _read_segment(row: Entry, streets: set[str], kinds: Mapping[str, str]) -> SegmentData:
    first, last = (number(row.text(name)) for name in ("from", "to"))
    if first is None or last is None or last < first:
        row.wrong("'from' and 'to' must be civic numbers, the smaller first")
    sector = row.one_of("sector", kinds, "sector")
    if (kind := row.text("kind")) != kinds.get(sector, kind):
        row.wrong(f"'kind' must be that of the sector, {kinds[sector]}, not {kind!r}")
    return SegmentData(
        street=row.one_of("street", streets, "street"),
        first=first or 0,
        last=last or 0,
        parity=row.one_of("parity", PARITIES),
        side=row.one_of("side", ("left", "right", ""), default=""),
        sector=sector,
        example=row.one_of("example", ("true", "false", ""), default="") == "true",
    )


def read_addresses(folder: Folder, streets: Sequence[str], sectors: Sequence[str]) -> list[AddressData]:
    """The civic addresses; the optional column `example` says true where the row is invented."""
    columns = ("civic", "street", "unit", "postal", "sector", "lat", "lon", "flags")
    rows = folder.table("addresses", columns, optional=("example",))
    known_streets, known_sectors = set(streets), set(sectors)
    found = [_read_address(row, known_streets, known_sectors) for row in rows]
    note_twice(rows, [f"{each.civic} {each.street} {each.unit}".strip() for each in found], "address")
    return found


def _read_address(row: Entry, streets: set[str], sectors: set[str]) -> AddressData:
    civic = row.text("civic")
    if not CIVIC.fullmatch(civic):
        row.wrong(f"'civic' must be a number, with a capital letter at most, not {civic!r}")
    flags = tuple(flag.strip() for flag in row.text("flags").split(";") if flag.strip())
    for flag in flags:
        if flag not in FLAGS:
            row.wrong(f"'flags' must be among {', '.join(FLAGS)}, not {flag!r}")
    return AddressData(
        civic=civic,
        street=row.one_of("street", streets, "street"),
        unit=row.text("unit", most=10),
        postal=row.text("postal", most=7),
        sector=row.one_of("sector", sectors, "sector"),
        latitude=_degrees(row, "lat", 90),
        longitude=_degrees(row, "lon", 180),
        flags=flags,
        example=row.one_of("example", ("true", "false", ""), default="") == "true",
    )


def _degrees(row: Entry, name: str, most: int) -> float | None:
    written = row.text(name)
    if not written:
        return None
    try:
        degrees = float(written)
    except ValueError:
        degrees = most + 1.0
    if abs(degrees) > most:
        row.wrong(f"{name!r} must be degrees between -{most} and {most}, not {written!r}")
        return None
    return degrees
