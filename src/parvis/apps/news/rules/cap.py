"""CAP 1.2 messages (OASIS Common Alerting Protocol, July 2010), with the rules of the Canadian profile CAP-CP.

What the schema leaves open is closed here: identifiers without spaces or commas, times with an offset and never Z,
polygons closed with four points at least, one `info` a language.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any
from xml.etree import ElementTree

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
PROFILE = "profile:CAP-CP:0.4"
LOCATION = "profile:CAP-CP:Location:0.3"
EVENT = "profile:CAP-CP:Event:0.4"
QUEBEC = "24"  # the province, before the geographic code of a municipality, gives its SGC code
CATEGORIES = (
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
)
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
CHOICES = {"category": CATEGORIES, "urgency": URGENCIES, "severity": SEVERITIES, "certainty": CERTAINTIES}
LEAST_POINTS = 4  # of a closed polygon: three corners, the first one repeated
_FORBIDDEN = re.compile(r"[\s,<&]+")


@dataclass(frozen=True)
class Info:
    """What is said in one language ("fr-CA", "en-CA")."""

    language: str
    event: str
    headline: str
    description: str
    instruction: str = ""


@dataclass(frozen=True)
class CapArea:
    """One area: its name, its rings as (latitude, longitude) points, its SGC code ("" when unknown)."""

    name: str
    rings: tuple[tuple[tuple[float, float], ...], ...] = ()
    sgc: str = ""


@dataclass(frozen=True)
class Message:
    """One message. `references` are the (sender, identifier, sent) of those it updates or cancels."""

    identifier: str
    sender: str
    sender_name: str
    sent: datetime
    expires: datetime
    kind: str
    category: str
    urgency: str
    severity: str
    certainty: str
    infos: tuple[Info, ...]
    areas: tuple[CapArea, ...]
    event_code: str = ""
    references: tuple[tuple[str, str, datetime], ...] = ()
    exercise: bool = False
    note: str = ""
    web: str = ""


def identifier(*parts: str) -> str:
    """These parts as one identifier: no space, comma, `<` or `&`, which the standard forbids."""
    return "-".join(_FORBIDDEN.sub("-", part).strip("-") for part in parts if part)


def timestamp(moment: datetime, zone: tzinfo) -> str:
    """Such as 2026-12-01T16:05:00-05:00: whole seconds, an offset always, and -00:00 for UTC as the standard wants."""
    local = moment.astimezone(zone).replace(microsecond=0)
    text = local.isoformat()
    return text.removesuffix("+00:00") + "-00:00" if local.utcoffset() == timedelta() else text


def sgc_code(geographic_code: str) -> str:
    """The SGC code of a Québec municipality from its geographic code (five digits); "" when it is not known."""
    return f"{QUEBEC}{geographic_code}" if re.fullmatch(r"\d{5}", geographic_code) else ""


def rings_of(geometry: Mapping[str, Any] | None) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The outer rings of a GeoJSON Polygon or MultiPolygon, closed; none for those of fewer than four points."""
    kind, coordinates = (geometry or {}).get("type"), (geometry or {}).get("coordinates") or []
    polygons = [coordinates] if kind == "Polygon" else coordinates if kind == "MultiPolygon" else []
    rings = (_closed([(float(lat), float(lon)) for lon, lat, *_height in rings[0]]) for rings in polygons if rings)
    return tuple(ring for ring in rings if len(ring) >= LEAST_POINTS)


def _closed(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    return tuple(points) if not points or points[0] == points[-1] else (*points, points[0])


def write(message: Message, zone: tzinfo) -> str:
    """The message as an XML document, its elements in the order of the schema."""
    root = ElementTree.Element("alert", {"xmlns": NAMESPACE})
    _add(
        root,
        ("identifier", message.identifier),
        ("sender", _FORBIDDEN.sub("-", message.sender)),
        ("sent", timestamp(message.sent, zone)),
        ("status", "Exercise" if message.exercise else "Actual"),
        ("msgType", message.kind),
        ("scope", "Public"),
        ("code", PROFILE),
        ("note", message.note),
        ("references", " ".join(_reference(each, zone) for each in message.references)),
    )
    for info in message.infos:
        _info(ElementTree.SubElement(root, "info"), message, info, zone)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _reference(earlier: tuple[str, str, datetime], zone: tzinfo) -> str:
    sender, name, sent = earlier
    return f"{_FORBIDDEN.sub('-', sender)},{name},{timestamp(sent, zone)}"


def _info(element: ElementTree.Element, message: Message, info: Info, zone: tzinfo) -> None:
    _add(
        element,
        ("language", info.language),
        ("category", message.category),
        ("event", info.event),
        ("urgency", message.urgency),
        ("severity", message.severity),
        ("certainty", message.certainty),
    )
    if message.event_code:
        _pair(element, "eventCode", EVENT, message.event_code)
    _add(
        element,
        ("effective", timestamp(message.sent, zone)),
        ("expires", timestamp(message.expires, zone)),
        ("senderName", message.sender_name),
        ("headline", info.headline),
        ("description", info.description),
        ("instruction", info.instruction),
        ("web", message.web),
    )
    for area in message.areas:
        child = ElementTree.SubElement(element, "area")
        _add(child, ("areaDesc", area.name))
        _add(child, *(("polygon", " ".join(f"{lat},{lon}" for lat, lon in ring)) for ring in area.rings))
        if area.sgc:
            _pair(child, "geocode", LOCATION, area.sgc)


def _pair(parent: ElementTree.Element, name: str, value_name: str, value: str) -> None:
    _add(ElementTree.SubElement(parent, name), ("valueName", value_name), ("value", value))


def _add(parent: ElementTree.Element, *children: tuple[str, str]) -> None:
    for name, text in children:
        if text:
            ElementTree.SubElement(parent, name).text = text


def outside(values: Mapping[str, str]) -> list[str]:
    """The names of those values that are not among the words of the standard."""
    return [name for name, words in CHOICES.items() if values[name] not in words]
