"""Which version of a fact stands: on a day, in an area of the town, and as it was known at the time."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from parvis.apps.content.models import Fact
from parvis.apps.places.models import Address
from parvis.apps.places.queries.addresses import sectors_of
from parvis.apps.schedules.queries.collections import next_by_fact


def facts_current(keys: Iterable[str], on: date) -> dict[str, Fact]:
    """The version of each fact in force on a day in the whole town, one query; unknown keys are absent.

    The newest version that has begun wins. One that has not begun yet comes back only when no other stands, so that
    its label and owner may be shown; `rendering.status_of` calls it missing. A fact that is the next day of a
    collection has the day that the calendar gives, while it knows one.
    """
    rows = Fact.objects.select_related("owner").filter(
        Q(replaced_at__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=on), key__in=list(keys), area=None
    )
    result: dict[str, Fact] = {}
    for row in rows.order_by("-pk"):
        kept = result.get(row.key)
        has_begun = row.valid_from is None or row.valid_from <= on
        if kept is None or (has_begun and kept.valid_from is not None and kept.valid_from > on):
            result[row.key] = row
    return result | _by_calendar(result, on)


def _by_calendar(facts: Mapping[str, Fact], on: date) -> dict[str, Fact]:
    """Those of the facts that the calendar of collections gives, with its day, its source and its mark."""
    dated: dict[str, Fact] = {}
    for key, pickup in next_by_fact(facts, on).items():
        row = copy(facts[key])
        row.kind, row.value, row.unit = Fact.Kind.DATE, pickup.day.isoformat(), ""
        row.source_title, row.source_url = pickup.rule.source_title or row.source_title, pickup.rule.source_url
        row.valid_from, row.valid_to = None, pickup.day
        row.verified_on, row.example = pickup.rule.verified_on, pickup.rule.example
        dated[key] = row
    return dated


def facts_for(keys: Iterable[str], on: date, areas: Iterable[int]) -> dict[str, Fact]:
    """`facts_current` for someone who lives in these areas (ids of sectors): what an area has of its own stands first.

    What an area had and that lapsed, or has not begun, gives way to the town's own. Two queries. Where two of the areas
    have a value of one key, the newest stands, and `parvis check-knowledge` tells it.
    """
    wanted, inside = list(keys), list(areas)
    facts = facts_current(wanted, on)
    if inside:
        here = Fact.objects.select_related("owner", "area").filter(key__in=wanted, area__in=inside)
        begun = here.filter(Q(valid_from=None) | Q(valid_from__lte=on))
        lasting = begun.filter(Q(valid_to=None) | Q(valid_to__gte=on))
        facts |= {row.key: row for row in lasting.order_by("pk")}
    return facts


def areas_of(address: Address) -> list[int]:
    """The sectors that an address stands in, for `facts_for`; two queries."""
    return [sector.pk for sector in sectors_of(address).values() if sector]


@dataclass(frozen=True)
class FactThen:
    """A fact on a past day: `versions`, those that stood during it as they were known then, the last one last.

    `learned`: a version given afterwards that covers that very day, when what was said then was not what was true.
    `latest`: the last version ever given, which names the fact when none stood that day.
    """

    key: str
    versions: tuple[Fact, ...]
    learned: Fact | None
    latest: Fact | None

    @property
    def stood(self) -> Fact | None:
        """The version that stood at the end of the day; None when the fact was not known yet."""
        return self.versions[-1] if self.versions else None


def facts_then(keys: Iterable[str], on: date, areas: Iterable[int] = ()) -> list[FactThen]:
    """These facts on a past day, in the order of the keys; one query."""
    wanted, inside = list(keys), list(areas)
    rows = Fact.objects.select_related("owner", "area").filter(Q(area=None) | Q(area__in=inside), key__in=wanted)
    by_key: dict[str, list[Fact]] = {key: [] for key in wanted}
    for row in rows.order_by("pk"):
        by_key[row.key].append(row)
    return [
        FactThen(key, _during(found, on), _learned(found, on), found[-1] if found else None)
        for key, found in by_key.items()
    ]


def day_of(on: date) -> tuple[datetime, datetime]:
    """The first moment of a day of the town, and that of the next."""
    first, after = (timezone.make_aware(datetime.combine(day, time())) for day in (on, on + timedelta(days=1)))
    return first, after


def _during(rows: Sequence[Fact], on: date) -> tuple[Fact, ...]:
    first, after = day_of(on)
    moments = [first, *(row.created_at for row in rows if first < row.created_at < after)]
    match = [_standing([row for row in rows if row.created_at <= moment], on, moment) for moment in moments]
    return tuple(dict.fromkeys(row for row in match if row is not None))


def _standing(known: Sequence[Fact], on: date, moment: datetime) -> Fact | None:
    """The rule of `facts_for`, over the versions known at that moment."""
    in_force = [row for row in known if _covers(row, on)]
    narrow = [row for row in in_force if row.area_id is not None]
    if narrow:
        return narrow[-1]
    whole = [row for row in known if row.area_id is None]
    left = [row for row in whole if not _is_over(row, on, moment)]
    begun = [row for row in left if row.valid_from is None or row.valid_from <= on]
    return begun[-1] if begun else left[-1] if left else None


def _is_over(row: Fact, on: date, moment: datetime) -> bool:
    replaced = row.replaced_at is not None and row.replaced_at <= moment
    return replaced and row.valid_to is not None and row.valid_to < on


def _covers(row: Fact, on: date) -> bool:
    return not (row.valid_from and row.valid_from > on) and not (row.valid_to and row.valid_to < on)


def _learned(rows: Sequence[Fact], on: date) -> Fact | None:
    """The last version given after that day whose dates say that it was true that day, when it says something else."""
    _first, after = day_of(on)
    later = [row for row in rows if row.created_at >= after and row.valid_from is not None and _covers(row, on)]
    before = _during(rows, on)
    same = bool(later) and bool(before) and (later[-1].kind, later[-1].value) == (before[-1].kind, before[-1].value)
    return later[-1] if later and not same else None
