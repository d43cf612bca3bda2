"""What came and left by a channel, counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from parvis.lib import clock

DAYS = 7


@dataclass(frozen=True)
class Traffic:
    """What came and left since midnight, what did in DAYS days, what failed in them, and when something last passed."""

    came_today: int = 0
    came: int = 0
    left_today: int = 0
    left: int = 0
    failed: int = 0
    last_at: datetime | None = None

    def __add__(self, other: "Traffic") -> "Traffic":
        return Traffic(
            self.came_today + other.came_today,
            self.came + other.came,
            self.left_today + other.left_today,
            self.left + other.left,
            self.failed + other.failed,
            max(filter(None, (self.last_at, other.last_at)), default=None),
        )


def counted_since() -> tuple[datetime, datetime]:
    """The last midnight of the town, and DAYS days before now."""
    now = clock.now()
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0), now - timedelta(days=DAYS)
