"""What every public page shows, read at most once a second: the banners, the newest news, the next gatherings.

Ends are judged at each call, so that nothing lapsed is shown however old the reading is.
"""

from dataclasses import dataclass
from datetime import datetime

from parvis.apps.news.models import Banner, CouncilSession, Event, NewsItem
from parvis.apps.news.queries.items import shown
from parvis.lib.clock import now
from parvis.lib.ttl_cache import TtlCache

NEWEST, NEXT = 8, 8


@dataclass(frozen=True)
class Site:
    """The rows read together: at most seven queries, whatever their number."""

    banners: tuple[Banner, ...]
    items: tuple[NewsItem, ...]
    gatherings: tuple[Event | CouncilSession, ...]


def _read() -> Site:
    moment = now()
    banners = Banner.objects.filter(hidden_at=None, expires_at__gt=moment).prefetch_related("sectors", "streets")
    items = shown(NewsItem.objects.all(), moment).select_related("subject")
    gatherings: list[Event | CouncilSession] = []
    for model in (Event, CouncilSession):
        rows = shown(model.objects.filter(starts_at__gte=moment), moment)
        gatherings += rows.order_by("starts_at", "pk")[:NEXT]
    gatherings.sort(key=lambda each: (each.starts_at, each.pk))
    return Site(
        tuple(banners.order_by("-shown_at")),
        tuple(items.order_by("-published_at", "-pk")[:NEWEST]),
        tuple(gatherings[:NEXT]),
    )


site = TtlCache(_read)


def newest(limit: int = NEWEST) -> list[NewsItem]:
    """The newest news items, lapsed ones left out."""
    moment = now()
    return [item for item in site().items if item.is_shown(moment)][:limit]


def next_gatherings(limit: int = NEXT) -> list[Event | CouncilSession]:
    """The events and the council sessions to come, the nearest first, cancelled ones left out."""
    moment = now()
    coming = [each for each in site().gatherings if each.starts_at > moment and each.is_shown(moment)]
    return [each for each in coming if not each.cancelled][:limit]


def banners(at: datetime | None = None) -> list[Banner]:
    """The banners in force, the newest first."""
    moment = at or now()
    return [banner for banner in site().banners if banner.in_force(moment)]


def mark() -> tuple[object, ...]:
    """A value that changes whenever one of those does, for the ETags of public pages."""
    return (
        tuple((each.pk, each.changed_at) for each in banners()),
        tuple((each.pk, each.updated_at) for each in newest()),
        tuple((type(each).__name__, each.pk, each.updated_at) for each in next_gatherings()),
    )
