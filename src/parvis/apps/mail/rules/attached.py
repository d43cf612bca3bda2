"""What is worth saying of a file that came with a message, besides its name."""

from datetime import date, datetime
from typing import Any, Literal, NotRequired, TypedDict

from icalendar import Calendar

from parvis.apps.mail.rules.headers import storable
from parvis.apps.mail.rules.parsing import File, parse

LONGEST_EVENT = 200_000  # bytes of a calendar that is opened
FIRST_YEAR, LAST_YEAR = 1900, 2200  # of an invitation; others are faults, or hostile
LONGEST_TEXT = 20_000  # characters of the message inside the message
_SEALED_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pkcs7-signature")
_SEALED_NAMES = (".p7m", ".p7s", ".pgp", ".gpg", ".asc")


class About(TypedDict):
    """`kind`: message (its subject, sender and words), event (its title and start, ISO 8601), or sealed."""

    kind: Literal["message", "event", "sealed"]
    title: NotRequired[str]
    sender: NotRequired[str]
    text: NotRequired[str]
    start: NotRequired[str]


def about(file: File) -> About | None:
    """What a file is: a message, an event, something encrypted or signed; None for any other."""
    kind, name = file.content_type, file.name.lower()
    if kind == "message/rfc822" or name.endswith(".eml"):
        message = parse(file.data)
        sender = " ".join(filter(None, (message.from_name, message.from_address)))
        return {"kind": "message", "title": message.subject, "sender": sender, "text": message.text[:LONGEST_TEXT]}
    if kind in _SEALED_TYPES or kind.startswith("application/pgp") or name.endswith(_SEALED_NAMES):
        return {"kind": "sealed"}
    if kind in ("text/calendar", "application/ics") or name.endswith(".ics"):
        return _event(file.data)
    return None


def _event(data: bytes) -> About | None:
    if len(data) > LONGEST_EVENT:
        return None
    try:
        event: Any = next(iter(Calendar.from_ical(data).walk("VEVENT")))
        title, start = storable(str(event.get("summary", "")))[:300], event.decoded("dtstart")
    except Exception:  # hostile bytes fail in many ways
        return None
    if isinstance(start, date | datetime) and not FIRST_YEAR <= start.year <= LAST_YEAR:
        start = None
    return {"kind": "event", "title": title, "start": start.isoformat() if isinstance(start, date | datetime) else ""}
