"""Helpers for the tests of computed answers."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from parvis.apps.directory.models import Department
from parvis.apps.schedules.models import WinterRule
from parvis.lib import quebec

TORONTO = ZoneInfo("America/Toronto")


def local(text: str) -> datetime:
    """A datetime in the town's zone: "2026-11-24 15:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO)


def plain(text: str) -> str:
    """The words with ordinary spaces."""
    return quebec.plain(text)


def make_winter(owner: Department, **values: Any) -> WinterRule:
    """December 1 to March 15, 2 to 7 h, decided between 15 h 30 and 17 h, told by a line."""
    defaults: dict[str, Any] = {
        "season_first": "12-01",
        "season_last": "03-15",
        "banned_from": time(2),
        "banned_until": time(7),
        "decided_from": time(15, 30),
        "decided_by": time(17),
        "line": "+14185550134",
        "owner": owner,
        "verified_on": date(2026, 11, 1),
    }
    return WinterRule.objects.create(**defaults | values)
