"""The banners in force, and whether they touch an address."""

from enum import StrEnum

from parvis.apps.news.models import Banner
from parvis.apps.news.queries import snapshot
from parvis.apps.places.models import Address
from parvis.apps.places.queries.addresses import sectors_of
from parvis.apps.schedules.rules.affected_area import Area, Place, Touch

GRAVITY = {Banner.Level.DANGER: 0, Banner.Level.WARNING: 1, Banner.Level.INFO: 2}


class Verdict(StrEnum):
    """Whether a message touches an address; UNKNOWN for lack of data about it."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def banners_in_force() -> list[Banner]:
    """The banners in force now, the gravest first, then the newest; at most one reading a second."""
    return sorted(snapshot.banners(), key=lambda banner: GRAVITY[Banner.Level(banner.level)])


def banner_touches(banner: Banner, address: Address) -> Verdict:
    """Whether a banner concerns an address; load its `street` and `sector` beforehand."""
    sectors, streets = list(banner.sectors.all()), list(banner.streets.all())
    if not sectors and not streets:
        return Verdict.YES
    place = _place(address)
    areas = [Area(sector=each.pk, polygon=each.polygon, sector_kind=each.kind) for each in sectors]
    areas += [Area(street=each.pk) for each in streets]
    touched = {area.touch(place) for area in areas}
    if Touch.YES in touched:
        return Verdict.YES
    return Verdict.UNKNOWN if Touch.MAYBE in touched else Verdict.NO


def _place(address: Address) -> Place:
    kind = address.sector.kind if address.sector else ""
    others = {name: sector.pk for name, sector in sectors_of(address).items() if sector is not None}
    return Place(address.street_id, address.civic, address.sector_id, address.point, kind, others)
