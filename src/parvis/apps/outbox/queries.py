"""How every carrier fares, by one query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Count, Max, Min, Q, QuerySet, Value

from parvis.apps.outbox.models import PENDING, OutboxItem, State
from parvis.lib.traffic import Traffic, counted_since

_SETTLED = [state for state in State.values if state not in PENDING]


@dataclass(frozen=True)
class Standing:
    """What of one carrier waits, is held or is uncertain, since when the oldest waits, and what left lately."""

    waiting: int = 0
    held: int = 0
    uncertain: int = 0
    oldest_at: datetime | None = None
    traffic: Traffic = Traffic()


def standings() -> dict[type[OutboxItem], Standing]:
    """Of every carrier, by its model. One query, whatever their number."""
    models = [model for model in apps.get_models() if issubclass(model, OutboxItem)]
    first, *others = (_counted(model, rank) for rank, model in enumerate(models))
    rows = {row.pop("rank"): row for row in first.union(*others, all=True)}
    return {model: _standing(rows[rank]) if rank in rows else Standing() for rank, model in enumerate(models)}


def _counted(model: type[OutboxItem], rank: int) -> QuerySet[OutboxItem, Any]:
    midnight, since = counted_since()
    left, waiting = Q(state=State.SENT), Q(state__in=(State.QUEUED, State.SENDING))
    lately = Q(state__in=_SETTLED, queued_at__gte=since)
    rows: QuerySet[OutboxItem] = QuerySet(model)
    return (
        rows.filter(Q(state__in=PENDING) | lately)
        .order_by()
        .values(rank=Value(rank))
        .annotate(
            waiting=Count("pk", filter=waiting),
            held=Count("pk", filter=Q(state=State.HELD)),
            uncertain=Count("pk", filter=Q(state=State.UNCERTAIN)),
            oldest_at=Min("queued_at", filter=waiting),
            left_today=Count("pk", filter=left & Q(sent_at__gte=midnight)),
            left=Count("pk", filter=left),
            failed=Count("pk", filter=model.unreached()),
            last_at=Max("sent_at"),
        )
    )


def _standing(row: dict[str, Any]) -> Standing:
    counted = {name: row.pop(name) for name in ("left_today", "left", "failed", "last_at")}
    return Standing(**row, traffic=Traffic(**counted))
