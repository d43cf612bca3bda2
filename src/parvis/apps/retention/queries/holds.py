"""What holds keep."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from parvis.apps.retention.models import Hold
from parvis.lib import clock


def in_force() -> "QuerySet[Hold]":
    """The holds that keep something today."""
    return Hold.objects.filter(Q(until=None) | Q(until__gte=clock.today()), ended_at=None)


@dataclass(frozen=True)
class Covered:
    """What the holds in force keep: by rule, and by file."""

    rules: dict[str, Hold]
    files: dict[str, Hold]

    def hold_on(self, rule: str, file: str) -> Hold | None:
        """The hold that keeps a row of that rule and file; None when none does."""
        return self.rules.get(rule) or (self.files.get(file) if file else None)


def covered() -> Covered:
    """What is kept now. One query."""
    holds = list(in_force())
    return Covered({hold.rule: hold for hold in holds if hold.rule}, {hold.file: hold for hold in holds if hold.file})


def every_hold() -> list[tuple[Hold, bool]]:
    """Every hold with whether it is in force, these first, then the latest. One query."""
    today = clock.today()
    rows = [
        (hold, hold.ended_at is None and (hold.until is None or hold.until >= today))
        for hold in Hold.objects.select_related("placed_by", "ended_by")
    ]
    return sorted(rows, key=lambda row: not row[1])
