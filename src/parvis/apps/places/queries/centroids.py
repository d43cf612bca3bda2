"""Where to show, by one point, what concerns part of a street or a zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from parvis.apps.places.models import Address
from parvis.apps.places.rules.shapes import Point, bounds

MOST_HOUSES = 5_000  # read to place what concerns streets
EVERY_NUMBER = 10**9


@dataclass(frozen=True)
class Stretch:
    """Part of a street (all of it without numbers), else a zone as a GeoJSON geometry, else the whole town."""

    street: int | None = None
    first: int | None = None
    last: int | None = None
    polygon: Mapping[str, Any] | None = None


def centroids(stretches: Mapping[int, Stretch]) -> dict[int, Point]:
    """The point of each stretch, by the same key: the house in the middle of its part of the street, else the middle of
    its zone. None for the whole town, or where nothing is geocoded. One query, none without a street.
    """
    streets = {each.street for each in stretches.values() if each.street}
    houses: dict[int, list[tuple[int, Point]]] = {}
    for address in _houses(streets) if streets else ():
        if point := address.point:
            houses.setdefault(address.street_id, []).append((address.civic, point))
    points = {key: _middle(each, houses) for key, each in stretches.items()}
    return {key: point for key, point in points.items() if point}


def _houses(streets: set[int]) -> QuerySet[Address]:
    rows = Address.objects.filter(street__in=streets).exclude(latitude=None).order_by("street_id", "civic", "pk")
    return rows.only("street_id", "civic", "latitude", "longitude")[:MOST_HOUSES]


def _middle(stretch: Stretch, houses: Mapping[int, Sequence[tuple[int, Point]]]) -> Point | None:
    if stretch.street:
        ends = [end for end in (stretch.first, stretch.last) if end is not None]
        low, high = (min(ends), max(ends)) if len(ends) == 2 else (stretch.first or 0, stretch.last or EVERY_NUMBER)
        every = houses.get(stretch.street, ())
        within = [point for civic, point in every if low <= civic <= high] or [point for _civic, point in every]
        return within[len(within) // 2] if within else None
    box = bounds(_corners(stretch.polygon["coordinates"])) if stretch.polygon else None
    return ((box[1] + box[3]) / 2, (box[0] + box[2]) / 2) if box else None


def _corners(part: Sequence[object]) -> list[Point]:
    if part and isinstance(part[0], int | float):
        east, north, *_height = part
        return [(float(north), float(east))]  # type: ignore[arg-type]
    return [corner for inner in part for corner in _corners(inner)]  # type: ignore[arg-type]
