"""Finds the sectors of a house: by street segment first, then by polygon, then by the sector given with the address."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from parvis.apps.places.models import Address, Sector, Segment
from parvis.apps.places.rules.shapes import Point, bounds, inside
from parvis.apps.places.rules.sides import Side

Placed = dict[str, Sector | None]


@dataclass(frozen=True)
class _Polygon:
    sector: Sector
    box: tuple[float, float, float, float]

    def holds(self, point: Point) -> bool:
        west, south, east, north = self.box
        return south <= point[0] <= north and west <= point[1] <= east and inside(point, self.sector.polygon or {})


class SectorMap:
    """The sectors of the town, with the segments of some or all streets, in memory."""

    def __init__(self, streets: Iterable[int] | None = None) -> None:
        """Two queries."""
        self.sectors = {sector.pk: sector for sector in Sector.objects.order_by("kind", "pk")}
        self.kinds = tuple(dict.fromkeys(sector.kind for sector in self.sectors.values()))
        self._polygons = [_Polygon(sector, box) for sector in self.sectors.values() if (box := _box(sector.polygon))]
        rows = Segment.objects.order_by("pk")
        self._segments: dict[int, list[tuple[Side, Segment]]] = {}
        for row in rows if streets is None else rows.filter(street__in=list(streets)):
            self._segments.setdefault(row.street_id, []).append((Side(row.first, row.last, row.parity), row))

    def segments(self, street: int, civic: int) -> list[Segment]:
        """The segments of a street that contain a civic number, at most one of each kind."""
        return [segment for side, segment in self._segments.get(street, ()) if side.holds(civic)]

    def of(self, street: int | None, civic: int, point: Point | None = None, own: int | None = None) -> Placed:
        """The sector of a house for each kind of sector in the town; None when it is unknown.

        When two polygons of one kind contain the point, the sector is unknown. `own` is the id of the sector given with
        the address, used when neither a segment nor a polygon applies. Without a street, only polygons apply.
        """
        placed: Placed = dict.fromkeys(self.kinds)
        if own in self.sectors:
            placed[self.sectors[own].kind] = self.sectors[own]
        if point:
            by_kind: dict[str, list[Sector]] = {}
            for polygon in self._polygons:
                if polygon.holds(point):
                    by_kind.setdefault(polygon.sector.kind, []).append(polygon.sector)
            placed |= {kind: sectors[0] if len(sectors) == 1 else None for kind, sectors in by_kind.items()}
        for segment in self.segments(street, civic) if street is not None else ():
            sector = self.sectors[segment.sector_id]
            placed[sector.kind] = sector
        return placed

    def of_address(self, address: Address) -> Placed:
        """The same for an address."""
        return self.of_place(address, None)

    def of_place(self, address: Address | None, point: Point | None) -> Placed:
        """The same for a place given as an address, a point, or both; the given point takes precedence over the
        address's own.
        """
        if address is None:
            return self.of(None, 0, point)
        return self.of(address.street_id, address.civic, point or address.point, address.sector_id)


def _box(polygon: dict[str, Any] | None) -> tuple[float, float, float, float] | None:
    parts = (polygon or {}).get("coordinates") or []
    polygons = parts if polygon and polygon.get("type") == "MultiPolygon" else [parts]
    return bounds((corner[1], corner[0]) for rings in polygons for ring in rings for corner in ring)
