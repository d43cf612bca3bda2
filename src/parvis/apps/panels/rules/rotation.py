"""Which messages a screen shows at a moment, in which order."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from parvis.apps.panels.rules.windows import Windowed, plays

ORDINARY, URGENT, ALERT = 100, 150, 200  # priorities, from 1 to 255 as those of NTCIP 1203
LOWEST, HIGHEST = 1, 255
SECONDS = 8  # of one message


class Timed(Windowed, Protocol):
    """What has a priority, a place in an order, and a time during which it may be shown."""

    @property
    def priority(self) -> int: ...
    @property
    def rank(self) -> int: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...


T = TypeVar("T", bound=Timed)


def band(priority: int) -> int:
    """ALERT, URGENT or ORDINARY: a higher band interrupts a lower one; inside one, messages take turns."""
    return ALERT if priority >= ALERT else URGENT if priority >= URGENT else ORDINARY


def rotation(items: Iterable[T], local: datetime) -> list[T]:
    """The messages that take turns at a moment of the town: those of the highest band among the live ones, the gravest
    first, then by rank.

    `panel.js` of the screens judges by the same rule, with its own clock.
    """
    live = [item for item in items if item.starts_at <= local < item.expires_at and plays(item, local)]
    top = max((band(item.priority) for item in live), default=ORDINARY)
    chosen = (item for item in live if band(item.priority) == top)
    return sorted(chosen, key=lambda item: (-item.priority, item.rank, item.starts_at))


def goes_to(groups: Sequence[str], screen_groups: Sequence[str]) -> bool:
    """Whether a message for these groups is shown by a screen in those; a message without a group is shown by all."""
    return not groups or bool(set(groups) & set(screen_groups))
