"""iCalendar files (RFC 5545, RFC 7986). Pure: plain values in, bytes out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event, vText

CONTENT_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True)
class Entry:
    """One entry. `uid` never changes: an entry that moves keeps it. `start` and `end` are both dates (the end is then
    excluded), or both aware moments, in UTC or in a named zone.
    """

    uid: str
    start: date | datetime
    end: date | datetime
    title: str
    stamp: datetime
    place: str = ""
    details: str = ""
    url: str = ""
    cancelled: bool = False


def uid_of(key: str) -> str:
    """The identifier of a calendar or of an entry, the same for the same key."""
    return str(uuid5(NAMESPACE_URL, f"parvis:{key}"))


def new_calendar(*, uid: str, product: str, name: str, lang: str, refresh: timedelta | None = None) -> Calendar:
    """A calendar without an entry; `product` names what makes it, `refresh` when a subscriber should ask again."""
    result = Calendar.new(prodid=f"-//Parvis//{product}//{lang.upper()}", uid=uid, refresh_interval=refresh)
    result["NAME"] = vText(name, params={"LANGUAGE": f"{lang}-CA"})  # RFC 7986
    result["X-WR-CALNAME"] = vText(name)  # for programs older than RFC 7986
    return result


def calendar(
    *, uid: str, product: str, name: str, lang: str, entries: Iterable[Entry], refresh: timedelta | None = None
) -> bytes:
    """The calendar that holds these entries, with the rules of their time zones; the same ones give the same bytes."""
    result = new_calendar(uid=uid, product=product, name=name, lang=lang, refresh=refresh)
    for entry in entries:
        result.add_component(_event(entry))
    result.add_missing_timezones()
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
