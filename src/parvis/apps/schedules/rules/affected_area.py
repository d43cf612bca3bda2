"""Whether and when a road or water notice affects an address. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from parvis.apps.places.rules.shapes import Point, inside


class Side(StrEnum):
    """The parity of the affected civic numbers."""

    BOTH = "both"
    ODD = "odd"
    EVEN = "even"


class Touch(StrEnum):
    """MAYBE: unknown for lack of data about the address; the answer must say that it may be affected."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


class Stage(StrEnum):
    """The status of a notice on a day. LIFTED: it ended before its last day, or had none."""

    COMING = "coming"
    IN_FORCE = "in_force"
    LIFTED = "lifted"
    OVER = "over"


@dataclass(frozen=True)
class Place:
    """An address. `sector` is the id of its own sector, of the kind `sector_kind`; `sectors` holds the sectors found by
    its street segment or its point, by kind.
    """

    street: int
    civic: int
    sector: int | None
    point: Point | None
    sector_kind: str = ""
    sectors: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Area:
    """Part of a street (all of it without numbers), a zone (a sector or a polygon), or the whole town."""

    street: int | None = None
    first: int | None = None
    last: int | None = None
    side: Side = Side.BOTH
    sector: int | None = None
    polygon: Mapping[str, Any] | None = None
    sector_kind: str = ""
    whole_town: bool = False

    def touch(self, place: Place) -> Touch:
        """Whether the area contains the address. Both ends of a range of numbers are included.

        Being in another sector rules an address out only when both sectors are of the same kind: a collection sector
        says nothing about a district.
        """
        if self.whole_town:
            return Touch.YES
        if self.street is not None:
            return Touch.YES if self.street == place.street and self._numbers(place.civic) else Touch.NO
        if self.sector is not None and self.sector in (place.sector, *place.sectors.values()):
            return Touch.YES
        if self.polygon and place.point:
            return Touch.YES if inside(place.point, self.polygon) else Touch.NO
        same_kind = self.sector_kind in place.sectors or (
            place.sector is not None and place.sector_kind == self.sector_kind
        )
        return Touch.NO if self.sector is not None and same_kind and not self.polygon else Touch.MAYBE

    def _numbers(self, civic: int) -> bool:
        ends = [end for end in (self.first, self.last) if end is not None]
        low, high = (min(ends), max(ends)) if len(ends) == 2 else (self.first or 0, self.last)
        if civic < low or (high is not None and civic > high):
            return False
        return self.side == Side.BOTH or (civic % 2 == 1) == (self.side == Side.ODD)


@dataclass(frozen=True)
class Days:
    """A period, both days included; without `last` it runs until lifted. `lifted`: the day it was lifted."""

    first: date
    last: date | None = None
    lifted: date | None = None

    @property
    def end(self) -> date | None:
        """The last effective day, the day when it was lifted included."""
        ends = [day for day in (self.last, self.lifted) if day is not None]
        return min(ends) if ends else None

    def overlap(self, first: date, last: date) -> bool:
        """Whether it shares a day with that period, both ends included."""
        return self.first <= last and (self.end is None or self.end >= first)

    def stage(self, today: date) -> Stage:
        """The status on that day."""
        if self.lifted is not None and self.lifted <= today and (self.last is None or self.lifted <= self.last):
            return Stage.LIFTED
        if self.last is not None and self.last < today:
            return Stage.OVER
        return Stage.COMING if today < self.first else Stage.IN_FORCE
