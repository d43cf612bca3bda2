"""Conversion of GTFS times to the town's clock. Pure.

A time is counted from noon minus twelve hours of its service day, so that it may exceed 24 h (25:10 is 1:10 the next
day), and that a bus at 8:00 runs at 8:00 when clocks change. Source: GTFS Schedule reference, "Time".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_TIME = re.compile(r"\s*(\d{1,3}):([0-5]\d):([0-5]\d)\s*")
_ON_REQUEST = range(1500, 1508)  # extended route types of taxis
_WORDS = re.compile(r"sur r[ée]servation|on reservation|taxi", re.IGNORECASE)
LONGEST = 48 * 3600  # seconds: departures later than the next day are ignored


def seconds(text: str) -> int | None:
    """Parses "8:05:00" or "25:10:00" to seconds; None for an empty text. ValueError for anything else."""
    if not text.strip():
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no time of GTFS")
    return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])


def day(text: str) -> date:
    """Parses a date such as "20261124". ValueError for anything else."""
    if len(text.strip()) != 8 or not text.strip().isdecimal():
        raise ValueError(f"{text!r} is no date of GTFS")
    return datetime.strptime(text.strip(), "%Y%m%d").date()


def moment(service: date, at: int, zone: ZoneInfo) -> datetime:
    """The datetime, in `zone`, of a time (in seconds) of a service day."""
    noon = datetime.combine(service, time(12), zone).astimezone(UTC)
    return (noon - timedelta(hours=12) + timedelta(seconds=at)).astimezone(zone)


def elapsed(service: date, when: datetime, zone: ZoneInfo) -> int:
    """The time, in seconds, of a service day at a given datetime: the inverse of `moment`."""
    noon = datetime.combine(service, time(12), zone).astimezone(UTC)
    return int((when.astimezone(UTC) - noon + timedelta(hours=12)).total_seconds())


@dataclass(frozen=True)
class Service:
    """The days when some trips run: weekdays (Monday first) between two dates, with `exceptions` by date."""

    weekdays: str = "0000000"
    first: date | None = None
    last: date | None = None
    exceptions: Mapping[date, bool] | None = None

    def runs(self, on: date) -> bool:
        """Whether the service runs that day."""
        if self.exceptions and on in self.exceptions:
            return self.exceptions[on]
        if self.first is None or self.last is None or not self.first <= on <= self.last:
            return False
        return self.weekdays[on.weekday()] == "1"


def on_request(kind: int, name: str) -> bool:
    """Whether a route is a taxi that must be reserved, by its type or its name."""
    return kind in _ON_REQUEST or bool(_WORDS.search(name))
