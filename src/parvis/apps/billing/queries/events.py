"""What the provider told and could not be handled: set aside, with its body."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from parvis.apps.billing.models import ProviderEvent

MOST = 50


@dataclass(frozen=True)
class SetAside:
    """An event that was set aside; `body`: what came, as JSON to be read by people."""

    event: ProviderEvent
    body: str


def set_aside() -> Sequence[SetAside]:
    """The events that are set aside, the oldest first. One query."""
    rows = _rows().order_by("set_aside_at", "pk")[:MOST]
    return [SetAside(row, json.dumps(row.body, indent=2, ensure_ascii=False)) for row in rows]


def warnings() -> list[str]:
    """What whoever runs the service is told. One query."""
    count = _rows().count()
    words = "messages of the payment provider could not be handled and are set aside: see /desk/tresorerie/"
    return [f"{count} {words}"] if count else []


def _rows() -> "QuerySet[ProviderEvent]":
    return ProviderEvent.objects.filter(handled_at=None, set_aside_at__isnull=False)
