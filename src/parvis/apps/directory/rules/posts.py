"""The hours of staff who work in several departments. No database."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from parvis.apps.directory.rules.calendar import WEEKDAYS

Hours = Mapping[str, Sequence[Sequence[str]]]  # mon..sun to pairs of "HH:MM"

_FRENCH = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")
_WEEKDAY_OF = dict(zip((*_FRENCH, *WEEKDAYS), WEEKDAYS * 2, strict=True))
_SPAN = re.compile(r"([a-zé]{3})[a-zé]*\.? +(\d{1,2})[:h](\d\d)? *- *(\d{1,2})[:h](\d\d)?")


def read_hours(text: str) -> dict[str, list[list[str]]]:
    """Parses typed hours: "lun 8:30-12:00, mer 8h30-12h". Raises ValueError with the invalid part."""
    hours: dict[str, list[list[str]]] = {}
    for part in (chunk.strip().lower() for chunk in text.split(",") if chunk.strip()):
        match = _SPAN.fullmatch(part)
        if match is None or match[1] not in _WEEKDAY_OF:
            raise ValueError(part)
        start, end = (f"{int(h):02}:{m or '00'}" for h, m in ((match[2], match[3]), (match[4], match[5])))
        if not "00:00" <= start < end <= "24:00":
            raise ValueError(part)
        hours.setdefault(_WEEKDAY_OF[match[1]], []).append([start, end])
    return hours


def write_hours(hours: Hours, lang: str) -> str:
    """Formats hours for `read_hours`, in a language."""
    names = dict(zip(WEEKDAYS, WEEKDAYS if lang.startswith("en") else _FRENCH, strict=True))
    spans = [(day, start, end) for day in WEEKDAYS for start, end in hours.get(day, ())]
    return ", ".join(f"{names[day]} {start}-{end}" for day, start, end in spans)


def within(hours: Hours, moment: datetime) -> bool:
    """Whether a moment, in the town's zone, is within the hours."""
    clock = moment.strftime("%H:%M")
    return any(start <= clock < end for start, end in hours.get(WEEKDAYS[moment.weekday()], ()))


def posted(places: Iterable[tuple[int, Hours]], department: int, moment: datetime) -> bool:
    """Whether someone works in a department then: by its own hours if given, else when not scheduled elsewhere.

    `places` are all the person's (department, hours) pairs; {} where no hours are given.
    """
    own: list[Hours] = []
    elsewhere: list[Hours] = []
    for place, hours in places:
        (own if place == department else elsewhere).append(hours)
    if any(own):
        return any(within(hours, moment) for hours in own)
    return not any(within(hours, moment) for hours in elsewhere)
