"""What stands now or within a week, read once a second: notices, snow operations, changes of collections."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from parvis.apps.schedules.models import Declaration, PickupChange, RoadNotice, Stream, WinterRule
from parvis.apps.schedules.queries.parking import rule_in_force
from parvis.apps.schedules.queries.works import local_day, published
from parvis.lib.ttl_cache import TtlCache

A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class Current:
    """The rows that may be told. `works`: not lifted nor over; `declarations`: the last of each night, from yesterday's
    on; `changes`: of the collections due or moved within a week, with their `stream`; `streams`: every slug, when there
    are changes.
    """

    works: tuple[RoadNotice, ...]
    rule: WinterRule | None
    declarations: tuple[Declaration, ...]
    changes: tuple[PickupChange, ...]
    streams: frozenset[str]

    def declared(self, night: date) -> Declaration | None:
        """The declaration in effect for a night, which may be a withdrawal."""
        return next((row for row in self.declarations if row.night == night), None)


def _read() -> Current:
    today = local_day(None)
    rule, week = rule_in_force(), (today, today + A_WEEK)
    nights = Declaration.objects.filter(night__gte=today - A_DAY).select_related("department").order_by("-pk")
    soon = Q(day__range=week) | Q(moved_to__range=week)
    changes = tuple(PickupChange.objects.publishable().filter(soon).select_related("stream").order_by("day", "pk"))
    return Current(
        works=tuple(published().filter(Q(last_day=None) | Q(last_day__gte=today), lifted_at=None)),
        rule=rule,
        declarations=tuple(nights) if rule else (),
        changes=changes,
        streams=frozenset(Stream.objects.values_list("slug", flat=True) if changes else ()),
    )


current = TtlCache(_read)
"""At most five small queries a second. Whoever reads a row judges whether it is in force at that moment."""
