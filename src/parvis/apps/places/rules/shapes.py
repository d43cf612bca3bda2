"""Geometry at the scale of a town. Pure. Points are (latitude, longitude) in degrees, WGS 84.

GeoJSON geometries keep their own order, longitude then latitude.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import cos, hypot, radians
from typing import Any

Point = tuple[float, float]

METRES_A_DEGREE = 111_195.0
LARGEST_GAP = 1500  # metres: houses further apart are not joined by a line


def metres(point: Point, other: Point) -> float:
    """The distance between two points of the same town, to a few parts per thousand."""
    north = (other[0] - point[0]) * METRES_A_DEGREE
    east = (other[1] - point[1]) * METRES_A_DEGREE * cos(radians(point[0]))
    return hypot(north, east)


def away(point: Point, other: Point) -> tuple[int, int]:
    """The offset of another point to the east and to the south, in metres."""
    east = metres(point, (point[0], other[1])) * (1 if other[1] >= point[1] else -1)
    south = metres(point, (other[0], point[1])) * (-1 if other[0] >= point[0] else 1)
    return round(east), round(south)


def reach(point: Point, distance: float) -> tuple[float, float]:
    """A distance in metres as degrees of latitude and of longitude at that point."""
    north = distance / METRES_A_DEGREE
    return north, north / max(cos(radians(point[0])), 0.01)


def around(point: Point, distance: float) -> dict[str, tuple[float, float]]:
    """Lookups on `latitude` and `longitude` for the square that extends `distance` metres each way from the point."""
    up, right = reach(point, distance)
    return {
        "latitude__range": (point[0] - up, point[0] + up),
        "longitude__range": (point[1] - right, point[1] + right),
    }


def inside(point: Point, geometry: Mapping[str, Any]) -> bool:
    """Whether a GeoJSON Polygon or MultiPolygon contains the point; its holes do not count."""
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
    """Traces a street from its houses in the order of their numbers.

    A line joins the midpoints of successive houses, so that it runs between the odd and the even sides; it breaks where
    the next house is more than 1.5 km away.
    """
    parts: list[list[Point]] = []
    for house in houses:
        if not parts or metres(parts[-1][-1], house) > LARGEST_GAP:
            parts.append([])
        parts[-1].append(house)
    return [_between(part) for part in parts if len(part) > 1]


def _between(part: Sequence[Point]) -> list[Point]:
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in pairwise(part)]
    return [part[0], *middles, part[-1]]


def bounds(points: Iterable[Point]) -> tuple[float, float, float, float] | None:
    """(west, south, east, north), in GeoJSON order; None without points."""
    every = list(points)
    if not every:
        return None
    north, east = [point[0] for point in every], [point[1] for point in every]
    return min(east), min(north), max(east), max(north)
