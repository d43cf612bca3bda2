"""iCalendar files for subscription (RFC 5545, RFC 7986). Pure: plain values in, bytes out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from icalendar import Alarm, Event, vText

from parvis.lib.ics import new_calendar, uid_of

REFRESH = timedelta(hours=12)


@dataclass(frozen=True)
class AllDayEvent:
    """An all-day event. `key` identifies it for good: an event that keeps its key may move to another day."""

    key: str
    day: date
    title: str
    details: str = ""
    remind: time | None = None  # the evening before


def calendar(*, key: str, name: str, lang: str, events: Iterable[AllDayEvent], stamp: datetime) -> bytes:
    """Builds a calendar; the same events give the same bytes. `stamp` is when they were last loaded.

    UIDs are derived from `key` and each event's own key, so that subscribed programs move an event rather than
    duplicate it. The reminder is at `remind`, the day before.
    """
    result = new_calendar(uid=uid_of(key), product="Collections", name=name, lang=lang, refresh=REFRESH)
    result["X-PUBLISHED-TTL"] = vText("PT12H")
    for event in events:
        result.add_component(_event(key, event, stamp))
    return bytes(result.to_ical())


def _event(key: str, event: AllDayEvent, stamp: datetime) -> Event:
    result = Event.new(
        uid=uid_of(f"{key}/{event.key}"),
        start=event.day,
        end=event.day + timedelta(days=1),
        summary=event.title,
        description=event.details or None,
        stamp=stamp,
    )
    result.add("transp", "TRANSPARENT")
    if event.remind:
        alarm = Alarm.new(description=event.title)
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", timedelta(hours=event.remind.hour, minutes=event.remind.minute) - timedelta(days=1))
        result.add_component(alarm)
    return result
