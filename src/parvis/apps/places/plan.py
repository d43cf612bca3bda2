"""The plan of the town, drawn from its own data: sectors, streets through their houses, and the houses."""

import hashlib
import json
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.cache import caches
from django.db.models import Max, Min

from parvis.apps.directory.queries import town
from parvis.apps.places.models import Address, Sector
from parvis.apps.places.shapes import Point, away, inside, reach, street_lines
from parvis.lib.ttl_cache import TtlCache

KEPT = 3600  # seconds, in this process
A_MINUTE = 60.0
MOST_HOUSES = 20_000  # beyond, a plan shows its streets without its houses
MOST_CORNERS = 60_000  # beyond, the line of a street goes through some of its houses only
ROUND_ABOUT = 3_000  # metres around what the town knows that still are the town

Box = tuple[float, float, float, float]  # west, south, east, north, as GeoJSON writes it


def box() -> Box | None:
    """What holds every address that is placed, as the database has them now; None while there is none. One query."""
    ends = (
        Address.objects.exclude(latitude=None)
        .exclude(longitude=None)
        .aggregate(west=Min("longitude"), south=Min("latitude"), east=Max("longitude"), north=Max("latitude"))
    )
    return None if ends["west"] is None else (ends["west"], ends["south"], ends["east"], ends["north"])


def in_or_about(point: Point, town_box: Box | None) -> bool:
    """Whether the point is in the town or within 3 km of it; always when the town has placed nothing."""
    if town_box is None:
        return True
    west, south, east, north = town_box
    up, right = reach(point, ROUND_ABOUT)
    return south - up <= point[0] <= north + up and west - right <= point[1] <= east + right


def perhaps_outside(point: Point, town_box: Box | None) -> bool:
    """Whether the point is out of all that the town drew: of its sectors, or of the box of its addresses without any.

    The limit of the territory itself is not known: it is a likelihood, to be told as one. One query.
    """
    drawn = [polygon for polygon in Sector.objects.values_list("polygon", flat=True) if polygon]
    if drawn:
        return not any(inside(point, polygon) for polygon in drawn)
    if town_box is None:
        return False
    west, south, east, north = town_box
    return not (south <= point[0] <= north and west <= point[1] <= east)


@dataclass(frozen=True)
class Plan:
    """GeoJSON as text, what names its version, and [west, south, east, north] of the town (None: nothing is placed)."""

    geojson: str
    version: str
    box: Box | None

    def holds(self, point: Point) -> bool:
        """Whether the point is in the town or about; always when the town has placed nothing."""
        return in_or_about(point, self.box)


_box_lately = TtlCache(box, A_MINUTE)


def plan() -> Plan:
    """The plan of the town, kept by the process for an hour; drawn again within a minute of a load that enlarges it."""
    key = f"plan:{town().folder_hash}:{','.join(map(str, _box_lately() or ()))}"
    kept: Plan | None = caches["local"].get(key)
    if kept is None:
        kept = _draw()
        caches["local"].set(key, kept, KEPT)
    return kept


@dataclass(frozen=True)
class Road:
    """A street in a sketch: its line, as (east, south) in metres from the middle, and where its name may stand."""

    name: str
    line: list[tuple[int, int]]

    @property
    def label(self) -> tuple[int, int]:
        """The point of the line closest to the middle."""
        return min(self.line, key=lambda at: at[0] ** 2 + at[1] ** 2)


@dataclass(frozen=True)
class Sketch:
    """What is around a point, for a small picture: the streets, and the houses as (number, east, south) in metres."""

    side: int
    roads: list[Road]
    houses: list[tuple[str, int, int]]

    @property
    def view_box(self) -> str:
        """The square as SVG writes it."""
        return f"{-self.side // 2} {-self.side // 2} {self.side} {self.side}"


def sketch(point: Point, side: int = 400) -> Sketch:
    """The streets and houses in the square of `side` metres around the point; one query."""
    up, right = reach(point, side * 0.8)
    around = Address.objects.filter(
        latitude__range=(point[0] - up, point[0] + up), longitude__range=(point[1] - right, point[1] + right)
    )
    rows = list(around.select_related("street").order_by("street_id", "civic", "suffix", "unit")[:2000])
    roads: list[Road] = []
    houses = []
    for _, group in groupby(rows, key=lambda row: row.street_id):
        along = list(group)
        placed = [_place(row) for row in along]
        lines = street_lines(placed)
        roads += [Road(along[0].street.name, [away(point, each) for each in line]) for line in lines]
        houses += [(f"{row.civic}{row.suffix}", *away(point, here)) for row, here in zip(along, placed, strict=True)]
    return Sketch(side, roads, houses)


def _place(row: Address) -> Point:
    return (row.latitude or 0.0, row.longitude or 0.0)


def _draw() -> Plan:
    features = [_sector(sector) for sector in Sector.objects.exclude(polygon=None).order_by("pk")]
    placed = Address.objects.exclude(latitude=None).exclude(longitude=None)
    rows = placed.order_by("street_id", "civic", "suffix", "unit").values_list(
        "street_id", "street__name", "latitude", "longitude"
    )
    houses: list[Point] = []
    step = 1 + placed.count() // MOST_CORNERS
    for _, group in groupby(rows.iterator(), key=lambda row: row[0]):
        along = list(group)[::step]
        here = [(row[2] or 0.0, row[3] or 0.0) for row in along]
        houses += here
        lines = [[_coordinates(each) for each in line] for line in street_lines(here)]
        if lines:
            features.append(_feature("street", along[0][1], {"type": "MultiLineString", "coordinates": lines}))
    if 0 < len(houses) <= MOST_HOUSES:
        dots = [_coordinates(each) for each in houses]
        features.append(_feature("house", "", {"type": "MultiPoint", "coordinates": dots}))
    holding = box()
    whole: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if holding:
        whole["bbox"] = holding
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    return Plan(text, hashlib.sha256(text.encode()).hexdigest()[:16], holding)


def _sector(sector: Sector) -> dict[str, Any]:
    drawn = _feature("sector", sector.name_fr, sector.polygon)
    drawn["properties"] |= {"name_en": sector.name_en, "of": sector.kind}
    return drawn


def _feature(kind: str, name: str, geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"kind": kind, "name": name}, "geometry": geometry}


def _coordinates(point: Point) -> tuple[float, float]:
    return round(point[1], 5), round(point[0], 5)
