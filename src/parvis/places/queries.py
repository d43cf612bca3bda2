"""Finding a civic address from what someone typed or said."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, radians

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Collate

from parvis.lib.rows import Compiled
from parvis.places.keys import KINDS, Typed, plain_words, readings
from parvis.places.models import Address, Sector, Street
from parvis.places.shapes import Point, inside, metres, reach

MAX_STREETS = 12
NEAR = (80, 300, 1200)  # metres looked in, one square after the other
_by_id = Compiled(lambda pk: Address.objects.select_related("street", "sector").filter(pk=pk))
_LAST = "\U0010ffff"


def complete(text: str, limit: int = 8) -> list[Address]:
    """The addresses that what was typed may be the start of, likeliest first, at most `limit`; `street`, `sector` read.

    Accents, apostrophes, case, abbreviations (ch., boul., av., rte) and the kind of road may be missing; the number
    may come first or last. When the beginning of no address fits, any word of the street's name will do.
    """
    found: dict[int, Address] = {}
    for rows in _attempts(readings(text[:120])):
        for address in rows[: limit * 2]:
            found.setdefault(address.pk, address)
        if len(found) >= limit:
            break
    kinds = {reading.kind for reading in readings(text[:120]) if reading.kind}
    ranked = sorted(found.values(), key=lambda address: not kinds & set(plain_words(address.street.name)))
    return ranked[:limit]


def exact(text: str) -> Address | None:
    """The address that was typed whole ("2480 chemin Bellevue"), when it can only be that one."""
    found = complete(text, limit=2)
    whole = {reading.key for reading in readings(text[:120]) if reading.civic and reading.street}
    return found[0] if found and found[0].key in whole and (len(found) == 1 or found[1].key not in whole) else None


@dataclass(frozen=True)
class Nearest:
    """The civic address closest to a point, and how far it is, in metres. `street` and `sector` are read."""

    address: Address
    metres: int


def nearest(point: Point) -> Nearest | None:
    """The closest address within 1.2 km; None in the wild. Three queries at most."""
    everything = Address.objects.select_related("street", "sector")
    away = (F("latitude") - point[0]) * (F("latitude") - point[0])
    flat = cos(radians(point[0])) ** 2
    away = away + (F("longitude") - point[1]) * (F("longitude") - point[1]) * flat
    for distance in NEAR:
        up, right = reach(point, distance)
        around = everything.filter(
            latitude__range=(point[0] - up, point[0] + up), longitude__range=(point[1] - right, point[1] + right)
        )
        found = around.order_by(away, "pk").first()
        if found is not None:
            return Nearest(found, round(metres(point, (found.latitude or 0.0, found.longitude or 0.0))))
    return None


def sector_at(point: Point) -> Sector | None:
    """The first sector that holds the point; a town has few, so they are read through."""
    rows = Sector.objects.exclude(polygon=None).order_by("kind", "pk")
    return next((sector for sector in rows if inside(point, sector.polygon or {})), None)


def by_id(pk: int) -> Address | None:
    """The address of that number, `street` and `sector` read."""
    return _by_id.first(pk)


def _attempts(ways: list[Typed]) -> Iterator[QuerySet[Address]]:
    """Ever looser searches: the kind of road that was typed, then any; the start of the name, then any word of it."""
    everything = Address.objects.select_related("street", "sector")
    for way in ways:
        if way.kind in KINDS and way.street:
            yield from _by_start(everything.filter(_starts("street__key", f"{way.kind} ")), way)
    for way in ways:
        yield from _by_start(everything, way)
    for way in ways:
        streets = _streets_with(way)
        if streets:
            rows = everything.filter(street__in=streets)
            if way.civic:
                rows = rows.filter(_starts("key", way.civic))
            yield rows.order_by("street__key", "civic", "suffix", "unit")


def _by_start(rows: QuerySet[Address], way: Typed) -> Iterator[QuerySet[Address]]:
    if way.civic and way.street:
        yield _ordered(rows.filter(_starts("key", way.key)), "key")
        yield _ordered(rows.filter(_starts("street_key", f"{way.street} {way.civic}")), "street_key")
    elif way.civic:
        yield _ordered(rows.filter(_starts("key", way.civic)), "key")
    elif len(way.street) > 1:
        yield _ordered(rows.filter(_starts("street_key", way.street)), "street_key")


def _streets_with(way: Typed) -> list[int]:
    """Ids of the streets whose name holds every word; a town has few streets, so they are read through."""
    wanted = [way.kind, *way.street.split()]
    held = Q()
    for word in filter(None, wanted):
        held &= Q(key__contains=word)
    return list(Street.objects.filter(held).order_by("key").values_list("pk", flat=True)[:MAX_STREETS]) if held else []


def _starts(field: str, text: str) -> Q:
    """`field` begins with `text`, in the form that each database answers from its index."""
    if connection.vendor == "postgresql":
        return Q(**{f"{field}__startswith": text})
    return Q(**{f"{field}__gte": text, f"{field}__lt": text + _LAST})


def _ordered(rows: QuerySet[Address], field: str) -> QuerySet[Address]:
    """In the order of the bytes, on both databases."""
    return rows.order_by(Collate(F(field), "C") if connection.vendor == "postgresql" else field)
