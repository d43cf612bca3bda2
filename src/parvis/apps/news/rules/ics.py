"""Gatherings and works as iCalendar files (RFC 5545). Pure: plain values in, bytes out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event, vText

CONTENT_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=6)


@dataclass(frozen=True)
class Entry:
    """One entry. `uid` never changes; `start` and `end` are both dates (the end is then excluded), or both moments."""

    uid: str
    start: date | datetime
    end: date | datetime
    title: str
    stamp: datetime
    place: str = ""
    details: str = ""
    url: str = ""
    cancelled: bool = False


def calendar(*, url: str, name: str, lang: str, entries: Iterable[Entry]) -> bytes:
    """Builds the calendar of that address; the same entries give the same bytes."""
    own = str(uuid5(NAMESPACE_URL, url))
    result = Calendar.new(prodid=f"-//Parvis//News//{lang.upper()}", uid=own, refresh_interval=REFRESH)
    result["NAME"] = vText(name, params={"LANGUAGE": f"{lang}-CA"})
    result["X-WR-CALNAME"] = vText(name)
    for entry in entries:
        result.add_component(_event(entry))
    return bytes(result.to_ical())


def _event(entry: Entry) -> Event:
    event = Event.new(
        uid=entry.uid,
        start=entry.start,
        end=entry.end,
        summary=entry.title,
        description=entry.details or None,
        location=entry.place or None,
        url=entry.url or None,
        stamp=entry.stamp,
        last_modified=entry.stamp,
    )
    if entry.cancelled:
        event.add("status", "CANCELLED")
    return event
