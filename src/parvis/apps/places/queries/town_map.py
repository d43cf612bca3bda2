"""What the town's map is made of, in memory: the lines of its streets, its water, its parks and its landmarks."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any, TypeVar

from django.db.models import F, Max, Min

from parvis.apps.directory.queries import town
from parvis.apps.places.models import Address, MapShape, Street
from parvis.apps.places.rules.lines import crossings, join_ends, smooth
from parvis.apps.places.rules.names import StreetNames
from parvis.apps.places.rules.shapes import Point, bounds, street_lines
from parvis.lib.ttl_cache import TtlCache

CACHE_SECONDS = 3600  # in this process
A_MINUTE = 60.0
MOST_CORNERS = 60_000  # beyond, street lines go through a sample of the houses

Box = tuple[float, float, float, float]  # west, south, east, north, as GeoJSON writes it
Lines = list[list[Point]]
T = TypeVar("T")


@dataclass(frozen=True)
class StreetLine:
    """A street as the map draws it; `road` is how wide. `drawn`: from the town's file, not traced through houses."""

    name: str
    lines: Lines
    road: str = MapShape.Road.MINOR
    drawn: bool = False

    @cached_property
    def box(self) -> Box:
        """The rectangle of its lines."""
        return bounds(point for line in self.lines for point in line) or (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Landmark:
    """A place that people name."""

    name_fr: str
    name_en: str
    point: Point
    park: bool


@dataclass(frozen=True)
class Landmarks:
    """The landmarks and the named parks, with an index of their names: its ids are the ranks of `owners`."""

    names: StreetNames
    owners: list[Landmark]


@dataclass
class TownMap:
    """The shapes, the streets by id, and the houses as points; `version` changes when any of them may have."""

    version: str
    shapes: list[MapShape]
    streets: dict[int, StreetLine]
    houses: list[Point]
    box: Box | None
    _crossings: dict[tuple[int, int], list[Point]] = field(default_factory=dict)

    def corners(self, first: int, second: int) -> list[Point]:
        """Where two streets (ids) cross, computed once."""
        key = (min(first, second), max(first, second))
        if key not in self._crossings:
            one, other = self.streets.get(key[0]), self.streets.get(key[1])
            self._crossings[key] = crossings(one.lines, other.lines) if one and other and one is not other else []
        return self._crossings[key]

    def corners_of(self, street: int) -> list[tuple[int, Point]]:
        """The streets (ids) that cross a street, each with the point."""
        return [(other, point) for other in self.streets if other != street for point in self.corners(street, other)]


def centre_of(geometry: Mapping[str, Any]) -> Point:
    """The middle of a GeoJSON point, or of the outline of an area, as (latitude, longitude)."""
    coordinates = geometry["coordinates"]
    while isinstance(coordinates[0][0] if isinstance(coordinates[0], list) else 0, list):
        coordinates = coordinates[0]
    corners: Sequence[Sequence[float]] = coordinates if isinstance(coordinates[0], list) else [coordinates]
    corners = corners[:-1] if len(corners) > 1 and corners[0] == corners[-1] else corners
    return sum(at[1] for at in corners) / len(corners), sum(at[0] for at in corners) / len(corners)


def box() -> Box | None:
    """The bounding box of the geocoded addresses; None when there are none. One query."""
    ends = (
        Address.objects.exclude(latitude=None)
        .exclude(longitude=None)
        .aggregate(west=Min("longitude"), south=Min("latitude"), east=Max("longitude"), north=Max("latitude"))
    )
    return None if ends["west"] is None else (ends["west"], ends["south"], ends["east"], ends["north"])


_recent_box = TtlCache(box, A_MINUTE)
_last_shape = TtlCache(lambda: MapShape.objects.aggregate(last=Max("pk"))["last"], A_MINUTE)


class _Kept(TtlCache[T]):
    """A value kept in the memory of the process for an hour, or until its version changes; never copied."""

    def __init__(self, version: Callable[[], str], make: Callable[[str], T]) -> None:
        super().__init__(self._current, 0.0)
        self._version, self._make = version, make
        self._loaded: tuple[float, str, T] | None = None

    def _current(self) -> T:
        loaded, version, moment = self._loaded, self._version(), time.monotonic()
        if loaded is None or loaded[1] != version or moment - loaded[0] > CACHE_SECONDS:
            loaded = self._loaded = (moment, version, self._make(version))
        return loaded[2]

    def forget(self) -> None:
        """Makes the next call read the database."""
        super().forget()
        self._loaded = None


def _shapes_version() -> str:
    return f"{town().folder_hash}:{_last_shape()}"


def _map_version() -> str:
    return f"{_shapes_version()}:{','.join(map(str, _recent_box() or ()))}"


def _read_landmarks(_version: str) -> Landmarks:
    """One query, whatever the number of addresses."""
    kinds = (MapShape.Kind.PARK, MapShape.Kind.LANDMARK)
    named = MapShape.objects.filter(kind__in=kinds).exclude(name_fr="").order_by("kind", "slug")
    owners = [
        (Landmark(shape.name_fr, shape.name_en, centre_of(shape.geometry), shape.kind == MapShape.Kind.PARK), name)
        for shape in named
        for name in dict.fromkeys([shape.name_fr, shape.name_en, *shape.other_names])
    ]
    names = StreetNames((rank, name) for rank, (_, name) in enumerate(owners))
    return Landmarks(names, [landmark for landmark, _ in owners])


def town_map() -> TownMap:
    """The map, kept in the process for an hour; read again within a minute of a load that changes or enlarges it."""
    return _maps()


def landmarks() -> Landmarks:
    """The landmarks, kept in the same way; they are read without the addresses."""
    return _landmarks()


def _read(version: str) -> TownMap:
    """Four queries at most."""
    shapes = list(MapShape.objects.order_by("kind", "slug"))
    drawn = {shape.street_id: shape for shape in shapes if shape.street_id}
    geocoded = Address.objects.exclude(latitude=None).exclude(longitude=None)
    rows = geocoded.order_by("street_id", "civic", "suffix", "unit").values_list(
        "street_id", "street__name", "latitude", "longitude"
    )
    houses: list[Point] = []
    traced: dict[int, StreetLine] = {}
    if (step := 1 + geocoded.count() // MOST_CORNERS) > 1:
        rows = rows.alias(part=F("pk") % step).filter(part=0)
    for street, group in groupby(rows.iterator(), key=lambda row: row[0]):
        addresses = list(group)
        points = [(row[2] or 0.0, row[3] or 0.0) for row in addresses]
        houses += points
        if street not in drawn and (lines := [smooth(line) for line in street_lines(points)]):
            traced[street] = StreetLine(addresses[0][1], lines)
    names = dict(Street.objects.filter(pk__in=drawn).values_list("pk", "name")) if drawn else {}
    given = {
        pk: StreetLine(names[pk], _lines(shape.geometry), shape.road or MapShape.Road.MINOR, drawn=True)
        for pk, shape in drawn.items()
        if pk in names
    }
    joined = join_ends({pk: street.lines for pk, street in {**given, **traced}.items()})
    streets = given | {pk: StreetLine(street.name, joined[pk]) for pk, street in traced.items()}
    return TownMap(version, shapes, streets, houses, _recent_box())


def _lines(geometry: Mapping[str, Any]) -> Lines:
    return [[(at[1], at[0]) for at in line] for line in geometry["coordinates"]]


_maps = _Kept(_map_version, _read)
_landmarks = _Kept(_shapes_version, _read_landmarks)
