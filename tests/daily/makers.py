"""What the tests of computed answers begin with."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import translation

from parvis.lib import quebec

TORONTO = ZoneInfo("America/Toronto")


def local(text: str) -> datetime:
    """A moment on the town's clock: "2026-11-24 15:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO)


def plain(text: str) -> str:
    """The words with ordinary spaces."""
    return quebec.plain(text)


english = translation.override("en")
