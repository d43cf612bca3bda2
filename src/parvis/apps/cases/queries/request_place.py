"""The place of a request as entered: a civic address, words, or a point on the map and its surroundings."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from parvis.apps.cases.models.location_text import ON_THE_MAP, near_words
from parvis.apps.places.models import Address, Sector
from parvis.apps.places.queries import addresses, suggesting
from parvis.apps.places.rules.shapes import Point

ON_THE_STREET = 90  # metres; beyond, the nearest street is not the one meant


@dataclass(frozen=True)
class Place:
    """Where a request is: the civic address, words, a point, and the address nearest to that point."""

    address: Address | None = None
    words: str = ""
    point: Point | None = None
    nearest: addresses.Nearest | None = None
    sector: Sector | None = None

    @property
    def near(self) -> Address | None:
        """The address of the street that the point is on."""
        return self.nearest.address if self.nearest and self.nearest.metres <= ON_THE_STREET else None

    @property
    def around(self) -> str:
        """The nearest address to the point, in words; empty when there is none."""
        return near_words(self.nearest.metres, self.nearest.address.label) if self.nearest else ""

    @property
    def text(self) -> str:
        """The text stored when there is no address: words, else the address nearest to the point, else ON_THE_MAP."""
        if self.words or not self.point:
            return self.words
        return self.nearest.address.label if self.nearest else ON_THE_MAP

    @property
    def near_metres(self) -> int | None:
        """The distance from the point to the address in `text`; None when `text` has none."""
        return self.nearest.metres if self.nearest and not self.address and not self.words else None


def place_of(address: Address | None, words: str, point: Point | None) -> Place:
    """The place with its nearest address and its sector; three or four queries for a point, none otherwise."""
    place = Place(address, words.strip(), point, _nearest(point))
    known = place.address or place.near
    return replace(place, sector=known.sector if known else addresses.sector_at(point) if point else None)


def around(point: Point) -> str:
    """What is at a point, in words: the corner of two streets, or the nearest address when it is closer."""
    place = Place(point=point, nearest=_nearest(point))
    corner = suggesting.corner_at(point)
    if corner is None or (place.nearest and place.nearest.metres < corner.metres):
        return place.around
    return _("corner of %(streets)s") % {"streets": corner.words}


def _nearest(point: Point | None) -> addresses.Nearest | None:
    return addresses.nearest(point) if point else None
