"""Local times that a clock change skips or shows twice."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


class NoSuchHour(ValueError):
    """The clocks skip this hour that day; `after` is the first local moment that exists."""

    def __init__(self, after: datetime) -> None:
        super().__init__("the clocks skip this hour")
        self.after = after


def moment_of(local: datetime, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """The moment, in UTC, of a naive local time. An hour shown twice means the first, or the `last` one (an expiry is
    kept until the later). Raises NoSuchHour.
    """
    aware = local.replace(tzinfo=zone, fold=1 if last else 0)
    moment = aware.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local:
        gap = abs(local.replace(tzinfo=zone, fold=0).utcoffset() - local.replace(tzinfo=zone, fold=1).utcoffset())  # type: ignore[operator]
        raise NoSuchHour(local + (gap or timedelta(hours=1)))
    return moment


def is_doubled(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks show this hour twice that day."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return first.utcoffset() != second.utcoffset() and moment_exists(local, zone)


def moment_exists(local: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks show this hour that day."""
    return local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
