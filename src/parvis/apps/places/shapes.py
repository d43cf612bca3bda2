"""Geometry on the small piece of the Earth that a town is. Pure: points are (latitude, longitude) in degrees, WGS 84.

GeoJSON geometries keep their own order, longitude then latitude.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import cos, hypot, radians
from typing import Any

Point = tuple[float, float]

METRES_A_DEGREE = 111_195.0
PART_OF_TOWN = 1500  # metres; two houses further apart are not joined by a line


def metres(item: Point, other: Point) -> float:
    """How far two points of the same town are, to a few parts in a thousand."""
    north = (other[0] - item[0]) * METRES_A_DEGREE
    east = (other[1] - item[1]) * METRES_A_DEGREE * cos(radians(item[0]))
    return hypot(north, east)


def away(point: Point, other: Point) -> tuple[int, int]:
    """How far east and how far south of a point another one is, in metres."""
    east = metres(point, (point[0], other[1])) * (1 if other[1] >= point[1] else -1)
    south = metres(point, (other[0], point[1])) * (-1 if other[0] >= point[0] else 1)
    return round(east), round(south)


def reach(point: Point, distance: float) -> tuple[float, float]:
    """Degrees of latitude and of longitude that `distance` metres make at that point."""
    north = distance / METRES_A_DEGREE
    return north, north / max(cos(radians(point[0])), 0.01)


def inside(point: Point, geometry: Mapping[str, Any]) -> bool:
    """Whether a Polygon or MultiPolygon of GeoJSON holds the point; a hole does not."""
    parts = geometry.get("coordinates") or []
    polygons = parts if geometry.get("type") == "MultiPolygon" else [parts]
    return any(sum(_within(point, ring) for ring in polygon) % 2 for polygon in polygons)


def _within(point: Point, ring: Sequence[Sequence[float]]) -> bool:
    """Even-odd rule: a line drawn from the point crosses the ring an odd number of times."""
    north, east = point
    crossed = False
    for (x1, y1, *_), (x2, y2, *_) in pairwise(ring):
        if (y1 > north) != (y2 > north) and east < (x2 - x1) * (north - y1) / (y2 - y1) + x1:
            crossed = not crossed
    return crossed


def street_lines(houses: Iterable[Point]) -> list[list[Point]]:
    """The lines that a street follows, from its houses in the order of their numbers.

    A line goes through the middle of each two neighbours, so that it runs between the odd and the even side; it stops
    where the next house is more than 1.5 km away.
    """
    parts: list[list[Point]] = []
    for house in houses:
        if not parts or metres(parts[-1][-1], house) > PART_OF_TOWN:
            parts.append([])
        parts[-1].append(house)
    return [_between(part) for part in parts if len(part) > 1]


def _between(part: Sequence[Point]) -> list[Point]:
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in pairwise(part)]
    return [part[0], *middles, part[-1]]


def bounds(points: Iterable[Point]) -> tuple[float, float, float, float] | None:
    """[west, south, east, north] as GeoJSON writes it; None without points."""
    every = list(points)
    if not every:
        return None
    north, east = [point[0] for point in every], [point[1] for point in every]
    return min(east), min(north), max(east), max(north)
