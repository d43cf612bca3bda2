"""In which sectors a house is: by its side of the street first, then by the polygons, then by what its line said."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from parvis.apps.places.models import Address, Sector, Segment
from parvis.apps.places.shapes import Point, bounds, inside
from parvis.apps.places.sides import Side

Placed = dict[str, Sector | None]


@dataclass(frozen=True)
class _Polygon:
    sector: Sector
    box: tuple[float, float, float, float]

    def holds(self, point: Point) -> bool:
        west, south, east, north = self.box
        return south <= point[0] <= north and west <= point[1] <= east and inside(point, self.sector.polygon or {})


class SectorMap:
    """The sectors of the town, with the segments of some streets, or of all of them, held in memory."""

    def __init__(self, streets: Iterable[int] | None = None) -> None:
        """Two queries."""
        self.sectors = {sector.pk: sector for sector in Sector.objects.order_by("kind", "pk")}
        self.kinds = tuple(dict.fromkeys(sector.kind for sector in self.sectors.values()))
        self._polygons = [_Polygon(item, box) for item in self.sectors.values() if (box := _box(item.polygon))]
        rows = Segment.objects.order_by("pk")
        self._segments: dict[int, list[tuple[Side, Segment]]] = {}
        for row in rows if streets is None else rows.filter(street__in=list(streets)):
            self._segments.setdefault(row.street_id, []).append((Side(row.first, row.last, row.parity), row))

    def segments(self, street: int, civic: int) -> list[Segment]:
        """The segments that hold that number of that street, one for each kind at most."""
        return [segment for side, segment in self._segments.get(street, ()) if side.holds(civic)]

    def of(self, street: int | None, civic: int, point: Point | None = None, said: int | None = None) -> Placed:
        """For each kind of sector that the town has, the sector of that house; None when nothing says it.

        Two polygons of one kind that both hold the point contradict each other: nothing says it. `said` is the sector
        (its id) written with the address, which counts where neither a segment nor a polygon does. Without a street,
        the polygons alone say it.
        """
        placed: Placed = dict.fromkeys(self.kinds)
        if said in self.sectors:
            placed[self.sectors[said].kind] = self.sectors[said]
        if point:
            held: dict[str, list[Sector]] = {}
            for polygon in self._polygons:
                if polygon.holds(point):
                    held.setdefault(polygon.sector.kind, []).append(polygon.sector)
            placed |= {kind: here[0] if len(here) == 1 else None for kind, here in held.items()}
        for segment in self.segments(street, civic) if street is not None else ():
            sector = self.sectors[segment.sector_id]
            placed[sector.kind] = sector
        return placed

    def of_address(self, address: Address) -> Placed:
        """The same for an address."""
        return self.of_place(address, None)

    def of_place(self, address: Address | None, point: Point | None) -> Placed:
        """The same for a place told by an address, shown as a point, or both: the polygons are read at the very point
        that was shown, else at that of the address.
        """
        if address is None:
            return self.of(None, 0, point)
        return self.of(address.street_id, address.civic, point or address.point, address.sector_id)


def _box(polygon: dict[str, Any] | None) -> tuple[float, float, float, float] | None:
    parts = (polygon or {}).get("coordinates") or []
    polygons = parts if polygon and polygon.get("type") == "MultiPolygon" else [parts]
    return bounds((corner[1], corner[0]) for rings in polygons for ring in rings for corner in ring)
