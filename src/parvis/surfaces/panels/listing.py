"""What a screen is told to show, as it keeps it for the days without a network."""

import json
from collections.abc import Mapping
from datetime import datetime, time
from functools import cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.templatetags.static import static

from parvis.apps.panels.models import Item, Screen
from parvis.apps.panels.queries import pictures
from parvis.apps.panels.queries.items import coming, live_items
from parvis.apps.panels.rules import rotation, text
from parvis.apps.panels.rules.drawing import ROWS

MODULES = ("panels/panel.js", "panels/paint.js", "panels/proof.js", "panels/time.js")
STATICS = ("panels/panel.css", "panels/scene.css", *MODULES, pictures.FONT)


def payload(screen: Screen) -> dict[str, Any]:
    """The messages of a screen, now and in the next days, and all that it needs to judge by itself.

    Moments are milliseconds since 1970; hours are "HH:MM" in `zone`.
    """
    items = coming(screen, live_items())
    return {
        "version": version(),
        "zone": settings.TIME_ZONE,
        "hours": _hours(screen.on_at, screen.off_at),
        "night": _hours(screen.night_from or time(18), screen.night_to or time(7)),
        "seconds": rotation.SECONDS,
        "bands": [rotation.ALERT, rotation.URGENT],
        "items": [_item(item, screen) for item in items],
    }


def _hours(start: time | None, end: time | None) -> list[str]:
    return [f"{start:%H:%M}", f"{end:%H:%M}"] if start and end else []


def _item(item: Item, screen: Screen) -> dict[str, Any]:
    slides = [_slide(words, "fr" if rank == 0 else "en", screen) for rank, words in enumerate(item.texts)]
    return {
        "key": item.key,
        "revision": item.revision,
        "priority": item.priority,
        "rank": item.rank,
        "hours": _hours(item.from_hour, item.to_hour),
        "days": item.days,
        "starts": milliseconds(item.starts_at),
        "expires": milliseconds(item.expires_at),
        "slides": slides,
    }


def _slide(words: str, language: str, screen: Screen) -> dict[str, Any]:
    head, rest = text.parts(words)
    pages = text.pages(words, pictures.columns(screen), ROWS) if screen.is_strip else []
    return {"text": words, "lang": language, "head": head, "rest": rest, "pages": pages}


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def mark(values: Mapping[str, Any]) -> str:
    """Identifies a payload: it changes when anything in it does."""
    return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:20]


@cache
def version() -> str:
    """Identifies the files of the page: a screen reloads when it changes."""
    return sha256(" ".join(map(static, STATICS)).encode()).hexdigest()[:12]
