"""Where someone who works in several places is, hour by hour. No database."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from parvis.apps.directory.calendar import WEEKDAYS

Hours = Mapping[str, Sequence[Sequence[str]]]  # mon..sun to pairs of "HH:MM"


_FRENCH = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")
_SAID = dict(zip((*_FRENCH, *WEEKDAYS), WEEKDAYS * 2, strict=True))
_SPAN = re.compile(r"([a-zé]{3})[a-zé]*\.? +(\d{1,2})[:h](\d\d)? *- *(\d{1,2})[:h](\d\d)?")


def read_hours(text: str) -> dict[str, list[list[str]]]:
    """Hours as someone types them: "lun 8:30-12:00, mer 8h30-12h". ValueError when a part cannot be read."""
    hours: dict[str, list[list[str]]] = {}
    for part in (item.strip().lower() for item in text.split(",") if item.strip()):
        match = _SPAN.fullmatch(part)
        if match is None or match[1] not in _SAID:
            raise ValueError(part)
        start, end = (f"{int(h):02}:{m or '00'}" for h, m in ((match[2], match[3]), (match[4], match[5])))
        if not "00:00" <= start < end <= "24:00":
            raise ValueError(part)
        hours.setdefault(_SAID[match[1]], []).append([start, end])
    return hours


def write_hours(hours: Hours, lang: str) -> str:
    """Hours as `read_hours` reads them, in that language."""
    names = dict(zip(WEEKDAYS, WEEKDAYS if lang.startswith("en") else _FRENCH, strict=True))
    spans = [(day, start, end) for day in WEEKDAYS for start, end in hours.get(day, ())]
    return ", ".join(f"{names[day]} {start}-{end}" for day, start, end in spans)


def within(hours: Hours, moment: datetime) -> bool:
    """Whether that moment, in the town's zone, falls in those hours."""
    clock = moment.strftime("%H:%M")
    return any(start <= clock < end for start, end in hours.get(WEEKDAYS[moment.weekday()], ()))


def posted(places: Iterable[tuple[int, Hours]], department: int, moment: datetime) -> bool:
    """Whether someone is in that department then: in the hours given for it, else when no others hold them elsewhere.

    `places` are all the places of the person, with their hours; {} where none are given.
    """
    known = list(places)
    here = [hours for place, hours in known if place == department and hours]
    if here:
        return any(within(hours, moment) for hours in here)
    return not any(within(hours, moment) for place, hours in known if place != department)
