"""A notice: its words, and what its kind asks of the push service (RFC 8030: TTL, Urgency, Topic)."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urljoin

LARGEST = 3_993  # bytes of words that fit in the 4,096 that a push service must take (RFC 8030, 7.2; RFC 8188)
DECLARATIVE = 8030  # marks a declarative message (W3C Push API, "declarative push message")
CUT = "…"


class Kind(StrEnum):
    """What a notice is about: the news of a request, a reminder of the day, an alert."""

    CASE = "case"
    REMINDER = "reminder"
    ALERT = "alert"


class PushOptions(NamedTuple):
    """How long the push service keeps a notice for a sleeping device, and whether to wake it (RFC 8030, 5.2, 5.3)."""

    ttl: timedelta
    urgency: str


PUSH_OPTIONS = {
    Kind.CASE: PushOptions(timedelta(days=3), "normal"),
    Kind.REMINDER: PushOptions(timedelta(hours=14), "normal"),  # said the evening before; wrong after the morning
    Kind.ALERT: PushOptions(timedelta(hours=24), "high"),
}


@dataclass(frozen=True)
class PushNote:
    """What a device shows: `url` is opened by a tap, a path of the site. A later notice of the same `topic` replaces
    it, on the device and in the push service; "" replaces nothing.
    """

    title: str
    body: str
    url: str
    kind: str = Kind.CASE
    topic: str = ""


def topic_header(topic: str) -> str:
    """The Topic header of a topic: at most 32 characters of the base64url alphabet (RFC 8030, 5.4); "" for none."""
    if not topic:
        return ""
    return urlsafe_b64encode(hashlib.sha256(topic.encode()).digest()[:24]).decode()


def payload(note: PushNote, *, site: str, language: str) -> bytes:
    """The declarative message, in JSON: at most LARGEST bytes, cut after a word; the link is always whole.

    `site` is the address of the site, so that `navigate` is absolute. One message serves the browsers that read it by
    themselves, and the service worker elsewhere.
    """

    def fits(shorter: PushNote) -> bool:
        return len(_json(shorter, site, language)) <= LARGEST

    if not fits(note):
        note = replace(note, body=_cut(note.body, lambda text: fits(replace(note, body=text))))
    if not fits(note):
        note = replace(note, title=_cut(note.title, lambda text: fits(replace(note, title=text))))
    return _json(note, site, language)


def _cut(text: str, fits: Callable[[str], bool]) -> str:
    """The longest beginning of a text that fits, whole words followed by an ellipsis; "" when none does."""
    words = text.split()
    least, most = 0, len(words)
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(" ".join(words[:middle]) + CUT) else (least, middle - 1)
    return " ".join(words[:least]) + CUT if least else ""


def _json(note: PushNote, site: str, language: str) -> bytes:
    notification = {
        "title": note.title,
        "body": note.body,
        "navigate": urljoin(f"{site}/", note.url),
        "lang": language,
        "dir": "ltr",
        "tag": note.topic,
        "silent": False,
        "data": {"kind": note.kind},
    }
    message = {"web_push": DECLARATIVE, "notification": notification, "mutable": True}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
