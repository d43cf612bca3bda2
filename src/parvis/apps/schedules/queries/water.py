"""Boil-water notices of the whole town: in force, coming, or ended a few days ago."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Q

from parvis.apps.places.models import Address
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries.works import STILL_SHOWN, NoticeView, local_day, notice_view, place_of, published
from parvis.apps.schedules.rules.affected_area import Stage, Touch
from parvis.lib.ttl_cache import TtlCache


def _read(since: date) -> tuple[RoadNotice, ...]:
    rows = published().filter(Q(last_day=None) | Q(last_day__gte=since), kind=RoadNotice.Kind.BOIL_WATER)
    return tuple(row for row in rows if row.days.end is None or row.days.end >= since)


_cached = TtlCache(lambda: _read(local_day(None) - STILL_SHOWN))


def boil_notices(at: datetime | None = None) -> tuple[RoadNotice, ...]:
    """Boil-water notices in force at a given time or later, and those that ended in the seven days before it.

    For now, cached for a second; for another time, one query.
    """
    return tuple(_cached()) if at is None else _read(local_day(at) - STILL_SHOWN)


def of_stage(rows: Iterable[RoadNotice], stage: Stage, today: date) -> list[RoadNotice]:
    """The rows with that status on that day, by first day."""
    return [row for row in rows if row.days.stage(today) == stage]


def boil_notices_in_force() -> list[NoticeView]:
    """Boil-water notices in force now, in the active language, for every public page; at most one query a second.

    The status is computed at each call, so that notices begin and end exactly at midnight.
    """
    today = local_day(None)
    return [notice_view(row, today) for row in of_stage(boil_notices(), Stage.IN_FORCE, today)]


def mark() -> tuple[object, ...]:
    """A value that changes whenever `boil_notices_in_force`, or the notices lifted today, do, for the ETags of public
    pages.
    """
    today = local_day(None)
    fields = [field.attname for field in RoadNotice._meta.concrete_fields]
    known = boil_notices()
    lifted = [row for row in of_stage(known, Stage.LIFTED, today) if row.days.lifted == today]
    rows = [*of_stage(known, Stage.IN_FORCE, today), *lifted]
    return tuple(tuple(str(getattr(row, name)) for name in fields) for row in rows)


def forget() -> None:
    """Makes the next call read the database."""
    _cached.forget()


def touches(row: RoadNotice, address: Address) -> Touch:
    """Whether a notice affects an address; load its `street` and `sector` beforehand."""
    return row.area.touch(place_of(address, [row]))
