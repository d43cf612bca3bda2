"""News items and pages that the public may read."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from parvis.apps.news.models import NewsItem, PlainPage, Publishable
from parvis.apps.places.models import Address, Segment
from parvis.lib.clock import now

Row = TypeVar("Row", bound=Publishable)


def shown(rows: QuerySet[Row], at: datetime | None = None) -> QuerySet[Row]:
    """The rows published and not lapsed at that moment; examples in a demonstration only."""
    readable = rows.filter(live=True, published_at__isnull=False).exclude(expire_at__lte=at or now())
    return readable if settings.PARVIS_DEMO else readable.exclude(example=True)


A_PAGE = 20


def published(at: datetime | None = None) -> QuerySet[NewsItem]:
    """The items that the public may read at that moment, the newest first."""
    return shown(NewsItem.objects.all(), at).select_related("subject").order_by("-published_at", "-pk")


def concerning(
    rows: QuerySet[NewsItem], *, subject_id: int | None = None, sectors: Sequence[int] = (), streets: Sequence[int] = ()
) -> QuerySet[NewsItem]:
    """Those of a subject and of an area; what concerns the whole town concerns every area.

    A street is also touched by what concerns one of its sectors.
    """
    if subject_id is not None:
        rows = rows.filter(subject=subject_id)
    if not sectors and not streets:
        return rows
    around = {*sectors, *(sector for street in streets for sector in sectors_of_street(street))}
    in_area = NewsItem.objects.filter(Q(streets__in=streets) | Q(sectors__in=around)).values("pk")
    everywhere = NewsItem.objects.filter(sectors=None, streets=None).values("pk")
    return rows.filter(Q(pk__in=in_area) | Q(pk__in=everywhere))


def published_items(
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    subject_id: int | None = None,
    sectors: Sequence[int] = (),
    streets: Sequence[int] = (),
    limit: int | None = None,
) -> list[NewsItem]:
    """The items first published from `since` (included) to `until` (excluded), lapsed and withdrawn ones left out.

    Newest first. One query, and one for the sectors of a street.
    """
    rows = concerning(published(), subject_id=subject_id, sectors=sectors, streets=streets)
    if since is not None:
        rows = rows.filter(published_at__gte=since)
    if until is not None:
        rows = rows.filter(published_at__lt=until)
    return list(rows[:limit])


def page_of(
    *,
    before: int | None = None,
    month: date | None = None,
    year: int | None = None,
    subject_id: int | None = None,
    streets: Sequence[int] = (),
) -> tuple[list[NewsItem], int | None]:
    """A page of the archive, and the id after which the next one begins (None: it is the last)."""
    rows = concerning(published(), subject_id=subject_id, streets=streets)
    if month is not None:
        rows = _between(rows, month, (month + timedelta(days=32)).replace(day=1))
    elif year is not None:
        rows = _between(rows, date(year, 1, 1), date(year + 1, 1, 1))
    if before is not None and (last := NewsItem.objects.filter(pk=before).first()) and last.published_at:
        rows = rows.filter(Q(published_at__lt=last.published_at) | Q(published_at=last.published_at, pk__lt=last.pk))
    found = list(rows[: A_PAGE + 1])
    return found[:A_PAGE], found[A_PAGE - 1].pk if len(found) > A_PAGE else None


def _between(rows: QuerySet[NewsItem], first: date, after: date) -> QuerySet[NewsItem]:
    start, end = (timezone.make_aware(datetime(day.year, day.month, day.day)) for day in (first, after))
    return rows.filter(published_at__gte=start, published_at__lt=end)


def months() -> list[date]:
    """The first day of each month with news, the newest first; one query."""
    rows = published().order_by().annotate(month=TruncMonth("published_at")).values_list("month", flat=True).distinct()
    return sorted({timezone.localdate(each) for each in rows}, reverse=True)


def item_by_id(item_id: int) -> NewsItem | None:
    """The item with that id, whether or not it may still be read; None when there is none, or only a draft."""
    rows = NewsItem.objects.filter(pk=item_id, published_at__isnull=False)
    return rows.select_related("subject", "image").prefetch_related("sectors", "streets").first()


def item_url(key: str) -> str:
    """The path of the item that a message published; "" when there is none."""
    pk = (
        NewsItem.objects.filter(key=key, published_at__isnull=False).values_list("pk", flat=True).first()
        if key
        else None
    )
    return f"/nouvelles/{pk}/" if pk else ""


def sectors_of_street(street_id: int) -> set[int]:
    """The ids of the sectors that a street crosses, by its segments and its addresses."""
    by_segment = Segment.objects.filter(street=street_id).values_list("sector", flat=True)
    by_address = Address.objects.filter(street=street_id, sector__isnull=False).values_list("sector", flat=True)
    return {pk for pk in by_segment.union(by_address) if pk is not None}


def plain_page(slug: str) -> PlainPage | None:
    """The published page with that slug, if any."""
    return shown(PlainPage.objects.filter(slug=slug)).first()
