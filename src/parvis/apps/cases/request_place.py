"""Where a request is, as someone tells it: a civic address, words, or a point of the map and what is around it."""

from dataclasses import dataclass, replace

from parvis.apps.cases.location_text import ON_THE_MAP, near_words
from parvis.apps.places import queries as places
from parvis.apps.places.models import Address, Sector
from parvis.apps.places.shapes import Point

ON_THE_STREET = 90  # metres; farther, the nearest street is not the one that is meant


@dataclass(frozen=True)
class Place:
    """Where a request is: the civic address, words, a point, and the address nearest to that point."""

    address: Address | None = None
    words: str = ""
    point: Point | None = None
    nearest: places.Nearest | None = None
    sector: Sector | None = None

    @property
    def near(self) -> Address | None:
        """The address of the street that the point is on."""
        return self.nearest.address if self.nearest and self.nearest.metres <= ON_THE_STREET else None

    @property
    def around(self) -> str:
        """What is closest to the point, in words; empty without an address around."""
        return near_words(self.nearest.metres, self.nearest.address.label) if self.nearest else ""

    @property
    def text(self) -> str:
        """The place when no address says it: words, else the address that the point is near, else that it is one."""
        if self.words or not self.point:
            return self.words
        return self.nearest.address.label if self.nearest else ON_THE_MAP

    @property
    def near_metres(self) -> int | None:
        """How far the point is from the address that `text` names; None when it names none."""
        return self.nearest.metres if self.nearest and not self.address and not self.words else None


def place_of(address: Address | None, words: str, point: Point | None) -> Place:
    """The place that someone tells; three or four queries for a point, none otherwise."""
    place = Place(address, words.strip(), point, _nearest(point))
    known = place.address or place.near
    return replace(place, sector=known.sector if known else places.sector_at(point) if point else None)


def around(point: Point) -> str:
    """What is closest to a point, in words."""
    return Place(point=point, nearest=_nearest(point)).around


def _nearest(point: Point | None) -> places.Nearest | None:
    return places.nearest(point) if point else None
