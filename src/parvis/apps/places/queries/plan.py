"""A map of the town drawn from its own data: sectors, water, parks, streets and houses."""

import hashlib
import json
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.cache import caches

from parvis.apps.places.models import Address, MapShape, Sector
from parvis.apps.places.queries.town_map import CACHE_SECONDS, Box, TownMap, town_map
from parvis.apps.places.rules.shapes import Point, around, away, inside, reach, street_lines

MOST_HOUSES = 20_000  # beyond, the plan shows streets without houses
NEARBY = 3_000  # metres around the town's addresses that count as the town


def in_or_about(point: Point, town_box: Box | None) -> bool:
    """Whether the point is in the town or within 3 km of it; always true without geocoded addresses."""
    if town_box is None:
        return True
    west, south, east, north = town_box
    up, right = reach(point, NEARBY)
    return south - up <= point[0] <= north + up and west - right <= point[1] <= east + right


def perhaps_outside(point: Point, town_box: Box | None) -> bool:
    """Whether the point is outside every sector or, without any, outside the bounding box of the addresses.

    Only a likelihood, as the boundary of the town is not known. One query.
    """
    polygons = [polygon for polygon in Sector.objects.values_list("polygon", flat=True) if polygon]
    if polygons:
        return not any(inside(point, polygon) for polygon in polygons)
    if town_box is None:
        return False
    west, south, east, north = town_box
    return not (south <= point[0] <= north and west <= point[1] <= east)


@dataclass(frozen=True)
class Plan:
    """GeoJSON text, its version, and the [west, south, east, north] of the town (None without geocoded addresses).

    `example`: some of it was invented.
    """

    geojson: str
    version: str
    box: Box | None
    example: bool = False

    def holds(self, point: Point) -> bool:
        """As `in_or_about`, for this plan."""
        return in_or_about(point, self.box)


def plan() -> Plan:
    """The plan of the town, cached in the process as long as the map that it draws (`town_map`)."""
    drawn = town_map()
    key = f"plan:{drawn.version}"
    cached: Plan | None = caches["local"].get(key)
    if cached is None:
        cached = _draw(drawn)
        caches["local"].set(key, cached, CACHE_SECONDS)
    return cached


@dataclass(frozen=True)
class Road:
    """A street in a sketch: its line, as (east, south) in metres from the centre, and the position of its label."""

    name: str
    line: list[tuple[int, int]]

    @property
    def label(self) -> tuple[int, int]:
        """The point of the line closest to the centre."""
        return min(self.line, key=lambda at: at[0] ** 2 + at[1] ** 2)


@dataclass(frozen=True)
class Sketch:
    """A small map around a point: streets, and houses as (number, east, south) in metres."""

    side: int
    roads: list[Road]
    houses: list[tuple[str, int, int]]

    @property
    def view_box(self) -> str:
        """The SVG view box."""
        return f"{-self.side // 2} {-self.side // 2} {self.side} {self.side}"


def sketch(point: Point, side: int = 400) -> Sketch:
    """The streets and houses in a square of `side` metres around the point; one query."""
    rows = Address.objects.filter(**around(point, side * 0.8)).select_related("street")
    roads: list[Road] = []
    houses = []
    for _, group in groupby(rows.order_by("street_id", "civic", "suffix", "unit")[:2000], lambda row: row.street_id):
        addresses = list(group)
        points = [row.point or (0.0, 0.0) for row in addresses]
        lines = street_lines(points)
        roads += [Road(addresses[0].street.name, [away(point, corner) for corner in line]) for line in lines]
        houses += [(f"{row.civic}{row.suffix}", *away(point, at)) for row, at in zip(addresses, points, strict=True)]
    return Sketch(side, roads, houses)


def _draw(drawn: TownMap) -> Plan:
    features = [_sector(sector) for sector in Sector.objects.exclude(polygon=None).order_by("pk")]
    features += [_shape(shape) for shape in drawn.shapes if shape.kind in (MapShape.Kind.WATER, MapShape.Kind.PARK)]
    for street in drawn.streets.values():
        lines = [list(map(_coordinates, line)) for line in street.lines]
        feature = _feature("street", street.name, {"type": "MultiLineString", "coordinates": lines})
        feature["properties"]["road"] = street.road
        features.append(feature)
    if 0 < len(drawn.houses) <= MOST_HOUSES:
        dots = list(map(_coordinates, drawn.houses))
        features.append(_feature("house", "", {"type": "MultiPoint", "coordinates": dots}))
    collection: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if drawn.box:
        collection["bbox"] = drawn.box
    text = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
    example = any(shape.example for shape in drawn.shapes)
    return Plan(text, hashlib.sha256(text.encode()).hexdigest()[:16], drawn.box, example)


def _shape(shape: MapShape) -> dict[str, Any]:
    feature = _feature(shape.kind, shape.name_fr, shape.geometry)
    feature["properties"]["name_en"] = shape.name_en
    return feature


def _sector(sector: Sector) -> dict[str, Any]:
    feature = _feature("sector", sector.name_fr, sector.polygon)
    feature["properties"] |= {"name_en": sector.name_en, "of": sector.kind}
    return feature


def _feature(kind: str, name: str, geometry: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"kind": kind, "name": name}, "geometry": geometry}


def _coordinates(point: Point) -> tuple[float, float]:
    return round(point[1], 5), round(point[0], 5)
