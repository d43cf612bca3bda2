"""The messages of the screens, and where they were painted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Min
from django.utils import timezone

from parvis.apps.panels.models import Item, ProofOfPlay, Screen
from parvis.apps.panels.rules.rotation import goes_to, rotation
from parvis.lib import clock

AHEAD = timedelta(days=2)  # what a screen keeps of what comes, for the days without a network


@dataclass(frozen=True)
class Painted:
    """A text that a screen painted: between its first frame and its last, by the screen's corrected clock."""

    screen: str
    first_at: datetime
    last_at: datetime
    text: str


def by_key(key: str) -> Item | None:
    """The message published under a key, whatever became of it."""
    return Item.objects.filter(key=key).first()


def by_id(item_id: int) -> Item | None:
    """A message that was not taken off."""
    return Item.objects.filter(pk=item_id, removed_at=None).first()


def live_items() -> list[Item]:
    """The messages that are shown now, or will be within AHEAD, the gravest first."""
    moment = clock.now()
    rows = Item.objects.filter(removed_at=None, expires_at__gt=moment, starts_at__lt=moment + AHEAD)
    rows = rows.filter(playlist__closed_at=None)  # without a playlist too
    return list(rows.select_related("playlist").order_by("-priority", "rank", "starts_at", "pk"))


def coming(screen: Screen, items: Iterable[Item]) -> list[Item]:
    """Those of the messages that this screen shows, now or later."""
    return [item for item in items if is_shown_by(item, screen)]


def is_shown_by(item: Item, screen: Screen) -> bool:
    """Whether a screen shows a message on its days: one of its playlist, or one without a playlist for its groups."""
    if item.playlist_id is not None:
        return item.playlist_id == screen.playlist_id
    return goes_to(item.groups, screen.groups)


def current(screen: Screen, items: Iterable[Item], moment: datetime) -> list[Item]:
    """Those of the messages that take turns on this screen at a moment."""
    return rotation(coming(screen, items), timezone.localtime(moment))


def proofs_of_play(key: str) -> list[Painted]:
    """Which screens painted a message, in which words, from when to when; by screen, then by time. One query."""
    rows = ProofOfPlay.objects.filter(key=key).values_list("screen__name", "text")
    return [
        Painted(screen, first, last, text)
        for screen, text, first, last in rows.annotate(first=Min("first_at"), last=Max("last_at")).order_by(
            "screen__name", "first"
        )
    ]


def last_proofs_of_play(screen: Screen, limit: int = 20) -> list[ProofOfPlay]:
    """What a screen painted last, the newest first, by hour."""
    return list(ProofOfPlay.objects.filter(screen=screen).order_by("-last_at", "-pk")[:limit])
