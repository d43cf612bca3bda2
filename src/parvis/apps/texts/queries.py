"""Queries on text messages and on the numbers that refuse them."""

import hmac
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from parvis.apps.texts.models import OptOut, OutgoingText


def digest(number: str) -> str:
    """What stands for a number (E.164) that refuses texts."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"text opt-out {number}".encode(), "sha256").hex()


def enabled() -> bool:
    """Whether texts may be sent: a provider is set, or it is the demonstration, where they are only kept."""
    return bool(settings.PARVIS_TEXTS or settings.PARVIS_TEXTS_KEPT)


def refusing(numbers: Iterable[str]) -> set[str]:
    """Those of these numbers that asked for no more texts; one query, none without numbers."""
    by_digest = {digest(number): number for number in numbers if number}
    if not by_digest:
        return set()
    return {by_digest[row] for row in OptOut.objects.filter(digest__in=by_digest).values_list("digest", flat=True)}


def last_thread(number: str, since: datetime) -> str:
    """The thread of the last text that left for this number since a moment and had one; "" without one."""
    rows = OutgoingText.objects.filter(to=number, sent_at__gte=since).exclude(thread="")
    return rows.order_by("-sent_at", "-pk").values_list("thread", flat=True).first() or ""


def latest(limit: int = 50) -> list[OutgoingText]:
    """The latest texts, newest first."""
    return list(OutgoingText.objects.order_by("-pk")[:limit])
