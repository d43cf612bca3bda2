"""Finding a civic address from what someone typed or said, and what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

from django.db.models import F

from parvis.apps.places.finding import find
from parvis.apps.places.keys import name_key
from parvis.apps.places.models import Address, PropertyUnit, Sector, Segment, Street
from parvis.apps.places.placing import Placed, SectorMap
from parvis.apps.places.shapes import Point, inside, metres, reach
from parvis.lib.rows import Compiled

NEAR = (80, 300, 1200)  # metres looked in, one square after the other
_by_id = Compiled(lambda pk: Address.objects.select_related("street", "sector").filter(pk=pk))


def complete(text: str, limit: int = 8) -> list[Address]:
    """The addresses that what was typed may be the start of, likeliest first, at most `limit`; `street`, `sector` read.

    Accents, apostrophes, case, abbreviations (ch., boul., av., rte), the kind of road and words may be missing, joined
    or mistyped; the number may come first or last; a unit or a postal code may be there. What fits only by a mistake is
    offered when nothing else fits. Two statements, whatever was typed and whatever the size of the town; one more each
    half second, and one when streets changed.
    """
    return _read([hit.pk for hit in find(text, limit)])


def exact(text: str) -> Address | None:
    """The address that was typed whole ("2480 chemin Bellevue"), when it can only be that one."""
    whole = [hit.pk for hit in find(text, limit=8) if hit.whole]
    return by_id(whole[0]) if len(whole) == 1 else None


def _read(pks: Sequence[int]) -> list[Address]:
    rows = {row.pk: row for row in Address.objects.select_related("street", "sector").filter(pk__in=pks)} if pks else {}
    return [rows[pk] for pk in pks if pk in rows]


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
        address = around.order_by(away, "pk").first()
        if address is not None:
            return Nearest(address, round(metres(point, (address.latitude or 0.0, address.longitude or 0.0))))
    return None


def sector_at(point: Point) -> Sector | None:
    """The first sector that holds the point; a town has few, so they are read through."""
    rows = Sector.objects.exclude(polygon=None).order_by("kind", "pk")
    return next((sector for sector in rows if inside(point, sector.polygon or {})), None)


def sectors_of(address: Address) -> Placed:
    """{kind: sector} for each kind of sector that the town has; None where nothing says it: never a guess.

    The side of the street says first, then the polygons, then the address's own line. Two queries.
    """
    return SectorMap([address.street_id]).of_address(address)


def sectors_at(address: Address | None, point: Point | None) -> Placed:
    """As `sectors_of`, for a place told by an address, shown as a point, or both (see `SectorMap.of_place`)."""
    return SectorMap([address.street_id] if address else []).of_place(address, point)


def segments_of(address: Address) -> list[Segment]:
    """The segments of its street that hold that address, on its side: one for each kind of sector at most."""
    return SectorMap([address.street_id]).segments(address.street_id, address.civic)


def sectors_on(street: Street, civic: int) -> Placed:
    """As `sectors_of`, for a house that the town's addresses do not have yet: by its side of the street only."""
    return SectorMap([street.pk]).of(street.pk, civic)


def street_named(text: str) -> Street | None:
    """The street whose name was written whole, accents, case and abbreviations apart; None: it is not known here."""
    return Street.objects.filter(key=name_key(text)).order_by("pk").first()


def properties_of(address: Address) -> list[PropertyUnit]:
    """The units of the roll that stand at that address, `places` and their addresses read; several where flats are."""
    rows = PropertyUnit.objects.filter(places__address=address).distinct().order_by("matricule")
    return list(rows.prefetch_related("places__address__street"))


def property_of(address: Address) -> PropertyUnit | None:
    """Its unit of the roll; None when it has none, or several (nobody may choose for the person who asks)."""
    properties = properties_of(address)
    return properties[0] if len(properties) == 1 else None


def by_id(pk: int) -> Address | None:
    """The address of that number, `street` and `sector` read."""
    return _by_id.first(pk)


def address_count() -> int:
    """How many addresses the town has."""
    return Address.objects.count()
