"""What the public may read, among all that was published."""

from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db.models import QuerySet

from parvis.apps.news.models import Publishable
from parvis.lib.clock import now

Row = TypeVar("Row", bound=Publishable)


def shown(rows: QuerySet[Row], at: datetime | None = None) -> QuerySet[Row]:
    """The rows published and not lapsed at that moment; examples in a demonstration only."""
    readable = rows.filter(live=True, published_at__isnull=False).exclude(expire_at__lte=at or now())
    return readable if settings.PARVIS_DEMO else readable.exclude(example=True)
