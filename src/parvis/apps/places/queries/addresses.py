"""Search of civic addresses from typed text, and their details."""

from dataclasses import dataclass
from math import cos, radians
from typing import Any

from django.db.models import ExpressionWrapper, F, FloatField, QuerySet

from parvis.apps.places.models import Address, PropertyUnit, Sector, Street
from parvis.apps.places.queries.finding import find
from parvis.apps.places.queries.placing import Placed, SectorMap
from parvis.apps.places.rules.keys import name_key
from parvis.apps.places.rules.shapes import Point, around, inside, metres
from parvis.lib.database.rows import Compiled

NEAR = (80, 300, 1200)  # metres: squares searched one after the other
_by_id = Compiled(lambda pk: Address.objects.select_related("street", "sector").filter(pk=pk))


def _by_distance(
    south: Any, north: Any, west: Any, east: Any, latitude: Any, longitude: Any, narrow: Any
) -> QuerySet[Address]:
    """The closest address of a square; `narrow`: a degree of longitude over one of latitude, squared."""
    up, right, ratio = (ExpressionWrapper(slot, FloatField()) for slot in (latitude, longitude, narrow))
    ahead, aside = F("latitude") - up, F("longitude") - right
    rows = Address.objects.select_related("street", "sector")
    within = rows.filter(latitude__range=(south, north), longitude__range=(west, east))
    return within.order_by(ahead * ahead + aside * aside * ratio, "pk")[:1]


_closest = Compiled(_by_distance)


def complete(text: str, limit: int = 8, *, mistyped: bool = True) -> list[Address]:
    """Autocompletes typed text: at most `limit` addresses, likeliest first, with `street` and `sector` loaded.

    Accents, apostrophes, case, abbreviations (ch., boul., av., rte), the kind of road and words may be missing, joined
    or mistyped; the number may come first or last, with a unit or a postal code. Typos are tolerated only when nothing
    else matches, and never when `mistyped` is false. Two queries, whatever the text and the size of the town; one more
    each half second, and one when streets changed.
    """
    pks = [hit.pk for hit in find(text, limit) if mistyped or not hit.mistyped]
    rows = Address.objects.select_related("street", "sector").in_bulk(pks)
    return [rows[pk] for pk in pks if pk in rows]


def exact(text: str) -> Address | None:
    """The address that matches the text exactly ("2480 chemin Bellevue"); None when none or several do."""
    whole = [hit.pk for hit in find(text, limit=8) if hit.whole]
    return by_id(whole[0]) if len(whole) == 1 else None


@dataclass(frozen=True)
class Nearest:
    """The civic address closest to a point, and its distance in metres. `street` and `sector` are loaded."""

    address: Address
    metres: int


def nearest(point: Point) -> Nearest | None:
    """The closest address within 1.2 km, if any. Three queries at most."""
    narrow = cos(radians(point[0])) ** 2
    for side in NEAR:
        bounds = [limit for pair in around(point, side).values() for limit in pair]
        address = _closest.first(*bounds, *point, narrow)
        if address is not None:
            return Nearest(address, round(metres(point, address.point or (0.0, 0.0))))
    return None


def sector_at(point: Point) -> Sector | None:
    """The first sector that contains the point; a town has few, so all are checked."""
    rows = Sector.objects.exclude(polygon=None).order_by("kind", "pk")
    return next((sector for sector in rows if inside(point, sector.polygon or {})), None)


def sectors_of(address: Address) -> Placed:
    """{kind: sector} for each kind of sector in the town; None when unknown, never a guess.

    Street segments come first, then polygons, then the sector given with the address. Two queries.
    """
    return SectorMap([address.street_id]).of_address(address)


def sectors_at(address: Address | None, point: Point | None) -> Placed:
    """As `sectors_of`, for a place given as an address, a point, or both (see `SectorMap.of_place`)."""
    return SectorMap([address.street_id] if address else []).of_place(address, point)


def street_named(text: str) -> Street | None:
    """The street of that full name, ignoring accents, case and abbreviations; None when unknown."""
    return Street.objects.filter(key=name_key(text)).order_by("pk").first()


def properties_of(address: Address) -> list[PropertyUnit]:
    """The units of the roll at an address (several for flats), with `places` and their addresses loaded."""
    rows = PropertyUnit.objects.filter(places__address=address).distinct().order_by("matricule")
    return list(rows.prefetch_related("places__address__street"))


def by_id(pk: int) -> Address | None:
    """The address with that primary key, with `street` and `sector` loaded."""
    return _by_id.first(pk)


def address_count() -> int:
    """The number of addresses of the town."""
    return Address.objects.count()
