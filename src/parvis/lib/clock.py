"""The current time, in one place, so that a demonstration or a test can freeze it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

_held: ContextVar[datetime | None] = ContextVar("held", default=None)


def now() -> datetime:
    """The current time, aware, in UTC: the one held by `at`, else PARVIS_NOW when it is set."""
    if held := _held.get():
        return held
    if settings.PARVIS_NOW:
        frozen = parse_datetime(settings.PARVIS_NOW)
        if frozen is None:
            raise ValueError(f"PARVIS_NOW is not an ISO 8601 moment: {settings.PARVIS_NOW}")
        return frozen if timezone.is_aware(frozen) else frozen.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))
    return datetime.now(UTC)


def today() -> date:
    """The current date in the active time zone, which is the town's."""
    return timezone.localdate(now())


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Holds the clock at an aware moment, in this thread or task: how a demonstration makes its past."""
    token = _held.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _held.reset(token)
