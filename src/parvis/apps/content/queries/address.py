"""The day at an address, what is in force there first: the schedules, led by the advisories that touch it."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime

from parvis.apps.content.models import Notice
from parvis.apps.content.queries.advisories import CHANGE, NOTICE, advisories_in_force, touching
from parvis.apps.content.rules.advisory import Advisory
from parvis.apps.places.models import Address
from parvis.apps.schedules.queries import address as schedules
from parvis.apps.schedules.queries.address import AtAddress
from parvis.apps.schedules.queries.parking import Tonight
from parvis.apps.schedules.queries.provenance import lang
from parvis.apps.schedules.rules.nights import Verdict

UNDECIDED = (Verdict.PENDING, Verdict.SILENT, Verdict.UNKNOWN)


@dataclass(frozen=True)
class AddressDay(AtAddress):
    """The schedules of an address. `advisories` touch it, or may, the gravest first; those of them that no schedule
    shows are `told`: incidents, published messages, changes of collections.
    """

    advisories: tuple[Advisory, ...] = ()

    @property
    def calm(self) -> bool:
        """Whether nothing in force is known about the water, anywhere in the town."""
        water = any(Notice.Topic.WATER in each.topics for each in self.advisories)
        return not (water or self.alarms or self.elsewhere or self.lifted)

    @property
    def told(self) -> tuple[Advisory, ...]:
        return tuple(each for each in self.advisories if each.key.startswith((NOTICE, CHANGE)))


def at_address(address: Address, at: datetime | None = None) -> AddressDay:
    """The answers for an address, in the active language; load `street` and `sector` beforehand."""
    scheduled = schedules.at_address(address, at)
    advisories = advisories_at(address, at)
    values = {each.name: getattr(scheduled, each.name) for each in fields(AtAddress)}
    values |= {"tonight": led_by(scheduled.tonight, advisories)}
    return AddressDay(**values, advisories=tuple(advisories))


def advisories_at(address: Address, at: datetime | None = None, topic: str = "") -> list[Advisory]:
    """What is in force at an address, or may be, in the active language; on one topic of `Notice.Topic` if given."""
    known = [each for each in advisories_in_force(lang(), at) if not topic or topic in each.topics | each.nearby]
    return touching(known, address)


def led_by(tonight: Tonight, advisories: Iterable[Advisory]) -> Tonight:
    """What is said of parking tonight, begun by the advisories about it; a decision still to come is then not told.

    What was declared for the night is in `tonight` already.
    """
    said = [each for each in advisories if Notice.Topic.TONIGHT in each.topics and not _is_operation(each)]
    during = [each for each in said if not (each.until and tonight.begins and each.until <= tonight.begins)]
    if not during:
        return tonight
    rest = [] if tonight.verdict in UNDECIDED else [tonight.words]
    return replace(tonight, words=" ".join([*(each.words for each in during), *rest]), notice=during[0].title)


def _is_operation(advisory: Advisory) -> bool:
    return advisory.key.startswith("operation-")
