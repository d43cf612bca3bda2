"""The public list of requests: filtered, in order of what is due, paged by key; and their counts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_datetime

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.queries.public_cases import public_cases
from parvis.apps.catalogue.models import Subject
from parvis.apps.places.models import Sector, Street
from parvis.apps.places.rules.shapes import bounds
from parvis.lib.clock import now
from parvis.lib.ttl_cache import TtlCacheByKey
from parvis.lib.words import number

OPEN, LATE, SETTLED = "open", "late", "settled"
SINCE = timedelta(days=30)  # how long a settled request stays in the list
PAGE = 40
MANY, COUNTED_SECONDS = 1_000, 30.0
MOST_PINS = 3000
LINE = (
    *("id", "reference", "state", "closing_reason", "due_at", "promise", "promised_at", "level", "pauses", "visit_on"),
    *("opened_at", "closed_at", "changed_at", "merged_count", "latitude", "longitude", "place_text", "near_metres"),
    *("subject__slug", "subject__title_fr", "subject__title_en", "address__street__name", "address__latitude"),
    *("address__longitude", "publication__case", "publication__words_fr", "publication__words_en"),
    *("publication__landmark", "publication__exact_place", "publication__hidden_at"),
)
"""The columns that a line, a pin or an item of a feed reads: parsing all the others would take most of the time."""
_NO_DATE = datetime(9999, 1, 1, tzinfo=UTC)  # sorts the requests without a date after the others
_PAUSED = (State.ASKED, State.WAITING)


@dataclass(frozen=True)
class Filters:
    """What the reader asked to see; `show` is OPEN, LATE, SETTLED, or "" for all of them."""

    show: str = OPEN
    subject: Subject | None = None
    sector: Sector | None = None
    streets: tuple[Street, ...] = ()


@dataclass(frozen=True)
class PublicPage:
    """One page; `next` is the `after` of the following one, "" at the end."""

    cases: list[Case]
    next: str


def page(filters: Filters, after: str = "", limit: int = PAGE) -> PublicPage:
    """The cases by due date, those without one last; the settled ones by the day they ended, the latest first.

    Two queries, whatever the length.
    """
    rows = filtered(filters)
    settled = filters.show == SETTLED
    rows = rows.annotate(place_in_list=F("closed_at") if settled else Coalesce("due_at", _NO_DATE))
    cursor = _cursor(after)
    if cursor and settled:
        rows = rows.filter(Q(place_in_list__lt=cursor[0]) | Q(place_in_list=cursor[0], pk__lt=cursor[1]))
    elif cursor:
        rows = rows.filter(Q(place_in_list__gt=cursor[0]) | Q(place_in_list=cursor[0], pk__gt=cursor[1]))
    order = ("-place_in_list", "-pk") if settled else ("place_in_list", "pk")
    cases: list[Case] = [*rows.order_by(*order)[: limit + 1]]
    last: Any = cases[limit - 1] if len(cases) > limit else None
    return PublicPage(cases[:limit], f"{last.place_in_list.isoformat()}|{last.pk}" if last else "")


def pins(filters: Filters) -> list[Case]:
    """The cases for the map, at most MOST_PINS, the first due first; two queries."""
    return page(filters, limit=MOST_PINS).cases


def latest(filters: Filters, limit: int = PAGE) -> list[Case]:
    """The cases for a feed, the last changed first; two queries."""
    return list(filtered(filters).order_by("-changed_at", "-pk")[:limit])


def counts(filters: Filters) -> dict[str, int]:
    """How many are open, late, and settled since SINCE, under the other filters; one query at most.

    Exact while there are fewer than MANY in all; from there on, at most COUNTED_SECONDS old, since counting that many
    takes longer than everything else of the page.
    """
    return dict(_counted(replace(filters, show="")))


def _count(filters: Filters) -> dict[str, int]:
    rows = _narrowed(public_cases().prefetch_related(None).select_related(None), filters).filter(_shown(""))
    names = {show: Count("pk", filter=_shown(show)) for show in (OPEN, LATE, SETTLED)}
    return rows.aggregate(**names)


_counted = TtlCacheByKey(
    _count, COUNTED_SECONDS, most=200, keeps=lambda counted: counted[OPEN] + counted[SETTLED] >= MANY
)


def filtered(filters: Filters) -> QuerySet[Case]:
    """The public cases under these filters, in no order, with the columns of a line only."""
    rows = public_cases().select_related(None).select_related("subject", "address__street", "publication").only(*LINE)
    return _narrowed(rows, filters).filter(_shown(filters.show))


def public_subjects() -> list[Subject]:
    """The subjects to choose from, by title in the active language; one query."""
    return sorted(Subject.objects.filter(public=True, active=True), key=lambda subject: subject.title.casefold())


def sectors() -> list[Sector]:
    """The sectors to choose from; one query."""
    return list(Sector.objects.order_by("kind", "pk"))


def any_state(filters: Filters) -> Filters:
    """The same filters for every state: what a feed gives by default."""
    return replace(filters, show="")


def _shown(show: str) -> Q:
    moment = now()
    is_open = ~Q(state=State.CLOSED)
    settled = Q(state=State.CLOSED, closed_at__gte=moment - SINCE)
    if show == LATE:
        return is_open & Q(due_at__lt=moment) & ~Q(state__in=_PAUSED)
    return {OPEN: is_open, SETTLED: settled}.get(show, is_open | settled)


def _narrowed(rows: QuerySet[Case], filters: Filters) -> QuerySet[Case]:
    if filters.subject:
        rows = rows.filter(subject=filters.subject)
    if filters.streets:
        at = Q(address__street__in=filters.streets)
        for street in filters.streets:
            at |= Q(address=None, near_metres__isnull=False, place_text__endswith=street.name)
        rows = rows.filter(at)
    if filters.sector:
        rows = rows.filter(in_sector(filters.sector))
    return rows


def in_sector(sector: Sector) -> Q:
    """The cases of a sector: by their address, else by their point."""
    return Q(address__sector=sector) | _in_box(sector.polygon)


def _in_box(polygon: dict[str, Any] | None) -> Q:
    """The cases without an address whose point is in the box around a polygon: a sector's edge is not a secret."""
    corners = list(_corners((polygon or {}).get("coordinates") or []))
    box = bounds(corners)
    if box is None:
        return Q(pk__in=[])
    west, south, east, north = box
    return Q(address=None, latitude__range=(south, north), longitude__range=(west, east))


def _corners(part: Sequence[Any]) -> list[tuple[float, float]]:
    if part and isinstance(part[0], int | float):
        return [(part[1], part[0])]
    return [corner for inner in part for corner in _corners(inner)]


def _cursor(after: str) -> tuple[datetime, int] | None:
    moment, _, pk = after.partition("|")
    last = number(pk)
    try:
        parsed = parse_datetime(moment)
        return (parsed.astimezone(UTC), last) if parsed and parsed.tzinfo and last is not None else None
    except (ValueError, OverflowError):
        return None
