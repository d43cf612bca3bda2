"""A calendar that other programs subscribe to (RFC 5545, RFC 7986). Pure: plain values in, bytes out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5

from icalendar import Alarm, Calendar, Event, vText

CONTENT_TYPE = "text/calendar; charset=utf-8"
AGAIN = timedelta(hours=12)


@dataclass(frozen=True)
class Whole:
    """Something that lasts a whole day. `key` names it for good: the same key is the same event, moved or not."""

    key: str
    day: date
    title: str
    details: str = ""
    remind: time | None = None  # the evening before


def calendar(*, key: str, name: str, lang: str, events: Iterable[Whole], stamp: datetime) -> bytes:
    """The calendar, whose text does not change while its events do not. `stamp` is when they were last read.

    UIDs are derived from `key` and each event's own: a program that subscribed moves an event instead of doubling it.
    The reminder comes at `remind`, the day before.
    """
    made = Calendar.new(prodid=f"-//Parvis//Collections//{lang.upper()}", uid=_uid(key), refresh_interval=AGAIN)
    for label in ("NAME", "X-WR-CALNAME"):  # RFC 7986, and what programs read before it
        made[label] = vText(name, params={"LANGUAGE": f"{lang}-CA"}) if label == "NAME" else vText(name)
    made["X-PUBLISHED-TTL"] = vText("PT12H")
    for event in events:
        made.add_component(_event(key, event, stamp))
    return bytes(made.to_ical())


def _event(key: str, event: Whole, stamp: datetime) -> Event:
    made = Event.new(
        uid=_uid(f"{key}/{event.key}"),
        start=event.day,
        end=event.day + timedelta(days=1),
        summary=event.title,
        description=event.details or None,
        stamp=stamp,
    )
    made.add("transp", "TRANSPARENT")
    if event.remind:
        alarm = Alarm.new(description=event.title)
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", timedelta(hours=event.remind.hour, minutes=event.remind.minute) - timedelta(days=1))
        made.add_component(alarm)
    return made


def _uid(key: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"parvis:{key}"))
