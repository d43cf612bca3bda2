"""The requests that a program may read: those of `public_cases`, and the bare state of those it sent itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db.models import Q, QuerySet

from parvis.apps.cases.models import Case, State
from parvis.apps.cases.queries.lists.public_list import in_sector
from parvis.apps.cases.queries.public_cases import GRID, public_cases, public_point
from parvis.apps.directory.models import ApiKey
from parvis.apps.files.models import Attachment
from parvis.apps.open311.rules.server.statuses import REJECTED, DetailedStatus, Status
from parvis.apps.places.models import Sector
from parvis.apps.places.rules.shapes import Point, metres, reach
from parvis.lib.database.rows import Compiled

MOST_ROWS = 1_000
MOST_READ = 20_000  # rows compared with a shape, at most
CHUNK = 500
_OPEN = [state for state in State.values if state != State.CLOSED]
Box = tuple[float, float, float, float]  # west, south, east, north


@dataclass(frozen=True)
class Circle:
    """A point and a radius in metres."""

    centre: Point
    radius: float


@dataclass(frozen=True)
class Filters:
    """What is asked for; an empty value asks for everything. Moments are aware; `sectors` are slugs."""

    service_codes: Sequence[str] = ()
    statuses: Sequence[Status] = ()
    detailed: Sequence[DetailedStatus] = ()
    opened_from: datetime | None = None
    opened_until: datetime | None = None
    changed_from: datetime | None = None
    changed_until: datetime | None = None
    by_changes: bool = False  # in the order of their changes, the latest first, rather than of their openings
    box: Box | None = None
    circle: Circle | None = None
    sectors: Sequence[str] = ()


@dataclass(frozen=True)
class Shown:
    """A request, and whether the public sees it; when not, only its state may be told, to the program that sent it."""

    case: Case
    public: bool


@dataclass(frozen=True)
class Page:
    """A page of requests, the newest first; `more` when others follow."""

    rows: list[Shown]
    more: bool


_submitted = Compiled(lambda key, other: Case.objects.filter(Q(key=key) | Q(key=other)).select_related("subject"))


def submitted(keys: Sequence[str]) -> Case | None:
    """The case opened under one of these keys (two at most), with its subject. One query."""
    rows = {row.key: row for row in _submitted(keys[0], keys[-1])}
    return next((rows[key] for key in keys if key in rows), None)


def asked(references: Sequence[str], *, key: ApiKey | None = None, sectors: Sequence[str] = ()) -> list[Shown]:
    """The requests of these references that may be read, in the order asked for.

    Those that the key sent are read whatever their sector. Two queries, one more with sectors, and one for those that
    the public does not see.
    """
    within = in_sectors(sectors)
    if key and sectors:
        within |= Q(submission__api_key=key)
    rows = {case.reference: Shown(case, True) for case in public_cases().filter(within, reference__in=references)}
    missing = [reference for reference in references if reference not in rows]
    if key and missing:
        rows |= {case.reference: Shown(case, False) for case in _sent_by(key).filter(reference__in=missing)}
    return [rows[reference] for reference in dict.fromkeys(references) if reference in rows]


def newest(filters: Filters, *, key: ApiKey | None = None, offset: int = 0, limit: int = MOST_ROWS) -> Page:
    """A page of the requests that match, the newest first (or the last changed, `by_changes`), in a constant number of
    queries whatever its length.

    Rows are numbered in an index first, then only those of the page are read. A box or a circle is compared with the
    point that the public is shown, never with the exact one, which could otherwise be found by asking often. Those that
    the key sent are read whatever their sector.
    """
    everywhere = _conditions(filters)
    conditions = everywhere & in_sectors(filters.sectors)
    last = offset + limit + 1
    if filters.box or filters.circle:
        public = list(islice(_in_shape(filters, public_cases().filter(conditions)), last))
    else:
        rows = public_cases().filter(conditions).select_related(None).prefetch_related(None)
        public = list(_ordered(rows, filters).values_list(_moment(filters), "pk")[:last])
    found = {pk: at for at, pk in public}
    own: set[int] = set()
    if key and not (filters.box or filters.circle):
        sent = _ordered(_sent_by(key).filter(everywhere), filters).values_list(_moment(filters), "pk")[:last]
        own = {pk for _at, pk in sent} - found.keys()
        found |= {pk: at for at, pk in sent}
    numbered = sorted(found, key=lambda pk: (found[pk], pk), reverse=True)
    return Page(_read(numbered[offset : last - 1], own), more=len(numbered) >= last)


def photo_of(key: str) -> Attachment | None:
    """A photo published with a request that the public sees; None for any other."""
    shown = Q(publication__photos__masked__key=key, publication__photos__withdrawn_at=None)
    case = public_cases().filter(shown).first()
    photos = case.publication.approved_photos if case else ()  # type: ignore[attr-defined]
    return next((photo.masked for photo in photos if str(photo.masked.key) == key), None)


def _read(pks: Sequence[int], own: set[int]) -> list[Shown]:
    public = public_cases().in_bulk(pks)  # what a key sent may be public in another sector than those asked for
    bare = [pk for pk in pks if pk in own and pk not in public]
    sent = Case.objects.select_related("subject", "department").in_bulk(bare) if own else {}
    rows = [
        Shown(public[pk], True) if pk in public else Shown(sent[pk], False) for pk in pks if pk in public or pk in sent
    ]
    return rows


def _moment(filters: Filters) -> str:
    return "changed_at" if filters.by_changes else "opened_at"


def _ordered(rows: QuerySet[Case], filters: Filters) -> QuerySet[Case]:
    return rows.order_by(f"-{_moment(filters)}", "-pk")


def _sent_by(key: ApiKey) -> QuerySet[Case]:
    return Case.objects.filter(submission__api_key=key).select_related("subject", "department")


def _conditions(filters: Filters) -> Q:
    conditions = Q()
    if filters.service_codes:
        conditions &= Q(subject__slug__in=filters.service_codes)
    if filters.statuses and set(filters.statuses) != set(Status):
        # Not "other than closed", the condition of partial indexes: SQLite would read all that is open of a subject,
        # which grows with the years, rather than the range of dates. Nor "equal to closed", for the same reason.
        conditions &= Q(state__in=[State.CLOSED] if Status.CLOSED in filters.statuses else _OPEN)
    if filters.detailed:
        conditions &= _any(_detailed(status) for status in filters.detailed)
    for name, moment in (
        ("opened_at__gte", filters.opened_from),
        ("opened_at__lte", filters.opened_until),
        ("changed_at__gte", filters.changed_from),
        ("changed_at__lte", filters.changed_until),
    ):
        if moment is not None:
            conditions &= Q(**{name: moment})
    return conditions


def in_sectors(sectors: Sequence[str]) -> Q:
    """The cases of these sectors: by their address, else by their point. One query, none without sectors."""
    return _any(in_sector(sector) for sector in Sector.objects.filter(slug__in=sectors)) if sectors else Q()


def _detailed(status: DetailedStatus) -> Q:
    closed, rejected = Q(state=State.CLOSED), Q(closing_reason__in=REJECTED)
    return {
        DetailedStatus.RECEIVED: Q(state=State.NEW),
        DetailedStatus.IN_PROCESS: ~closed & ~Q(state=State.NEW),
        DetailedStatus.PROCESSED: closed & ~rejected,
        DetailedStatus.REJECTED: closed & rejected,
    }[status]


def _any(conditions: Iterable[Q]) -> Q:
    result = Q(pk__in=())
    for condition in conditions:
        result |= condition
    return result


def _in_shape(filters: Filters, rows: QuerySet[Case]) -> Iterator[tuple[datetime, int]]:
    """The rows whose public point is in the box and the circle, among the MOST_READ newest of their surroundings."""
    rows = _ordered(rows.filter(_about(filters)).prefetch_related(None), filters)
    for case in rows[:MOST_READ].iterator(chunk_size=CHUNK):
        point = public_point(case)
        if point and _holds(filters, point):
            yield getattr(case, _moment(filters)), case.pk


def _holds(filters: Filters, point: Point) -> bool:
    if filters.box:
        west, south, east, north = filters.box
        if not (south <= point[0] <= north and west <= point[1] <= east):
            return False
    return not filters.circle or metres(filters.circle.centre, point) <= filters.circle.radius


def _about(filters: Filters) -> Q:
    """A rectangle around the box and the circle, wider than the public points may be away from the exact ones."""
    south, west, north, east = -90.0, -180.0, 90.0, 180.0
    if filters.box:
        west, south, east, north = filters.box
    if filters.circle:
        (at_north, at_east), (up, right) = filters.circle.centre, reach(filters.circle.centre, filters.circle.radius)
        south, north = max(south, at_north - up), min(north, at_north + up)
        west, east = max(west, at_east - right), min(east, at_east + right)
    up, right = reach((south, west), 2 * GRID)
    around = {"latitude__range": (south - up, north + up), "longitude__range": (west - right, east + right)}
    return Q(**around) | Q(latitude=None, **{f"address__{name}": ends for name, ends in around.items()})
