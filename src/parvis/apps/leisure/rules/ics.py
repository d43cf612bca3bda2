"""The meetings of groups as an iCalendar file (RFC 5545). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event, vText

CONTENT_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True)
class Entry:
    """One meeting. `key` never changes: a meeting that moves keeps it. Moments are aware, with a named zone."""

    key: str
    starts: datetime
    ends: datetime
    title: str
    stamp: datetime
    place: str = ""
    details: str = ""
    cancelled: bool = False


def calendar(*, key: str, name: str, lang: str, entries: Iterable[Entry]) -> bytes:
    """Builds the calendar, with the rules of its time zones; the same entries give the same bytes."""
    result = Calendar.new(prodid=f"-//Parvis//Leisure//{lang.upper()}", uid=_uid(key))
    result["NAME"] = vText(name, params={"LANGUAGE": f"{lang}-CA"})
    result["X-WR-CALNAME"] = vText(name)
    for entry in entries:
        event = Event.new(
            uid=_uid(entry.key),
            start=entry.starts,
            end=entry.ends,
            summary=entry.title,
            description=entry.details or None,
            location=entry.place or None,
            stamp=entry.stamp,
            last_modified=entry.stamp,
        )
        if entry.cancelled:
            event.add("status", "CANCELLED")
        result.add_component(event)
    result.add_missing_timezones()
    return bytes(result.to_ical())


def _uid(key: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"parvis:leisure:{key}"))
