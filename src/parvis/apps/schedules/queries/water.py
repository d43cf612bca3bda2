"""The notices to boil water of the whole town: those in force, those to come, those that ended a few days ago."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Q

from parvis.apps.places.models import Address
from parvis.apps.schedules.affected_area import Stage, Touch
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries.works import STILL_SHOWN, NoticeTold, local_day, place_of, published, told
from parvis.lib.ttl_cache import TtlCache


def _read(since: date) -> tuple[RoadNotice, ...]:
    rows = published().filter(Q(last_day=None) | Q(last_day__gte=since), kind=RoadNotice.Kind.BOIL_WATER)
    return tuple(row for row in rows if row.days.end is None or row.days.end >= since)


_kept = TtlCache(lambda: _read(local_day(None) - STILL_SHOWN))


def boil_notices(at: datetime | None = None) -> tuple[RoadNotice, ...]:
    """Those in force at a moment or later, and those that ended in the seven days before it.

    Of now, what this process read within a second; of another moment, one query.
    """
    return tuple(_kept()) if at is None else _read(local_day(at) - STILL_SHOWN)


def of_stage(rows: Iterable[RoadNotice], stage: Stage, today: date) -> list[RoadNotice]:
    """Those of `rows` that stand there that day, in the order of their first day."""
    return [row for row in rows if row.days.stage(today) == stage]


def boil_notices_in_force() -> list[NoticeTold]:
    """Those in force now, in the active language, for the head of every public page; one query a second at most.

    The day decides at the moment of the reading: one that begins or ends at midnight does so everywhere at midnight.
    """
    today = local_day(None)
    return [told(row, today) for row in of_stage(boil_notices(), Stage.IN_FORCE, today)]


def mark() -> tuple[object, ...]:
    """What changes when what `boil_notices_in_force` gives does; for a page kept by its reader."""
    today = local_day(None)
    fields = [field.attname for field in RoadNotice._meta.concrete_fields]
    rows = of_stage(boil_notices(), Stage.IN_FORCE, today)
    return tuple(tuple(str(getattr(row, name)) for name in fields) for row in rows)


def forget() -> None:
    """The next question reads the database."""
    _kept.forget()


def touches(row: RoadNotice, address: Address) -> Touch:
    """Whether a notice touches an address, whose `street` and `sector` should be read."""
    return row.area.touch(place_of(address, [row]))
