"""works.yaml: the notices of works and of water that are known when the town is loaded."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from parvis.daily.loading.works import TEXTS, WorksData
from parvis.daily.models import Works
from parvis.daily.queries.works import URGENT
from parvis.town.days import read_hour, read_source
from parvis.town.entries import REQUIRED, Entry, note_twice
from parvis.town.folder import Folder
from parvis.town.map import is_area


def read_works(
    folder: Folder, *, streets: Sequence[str], sectors: Sequence[str], departments: Sequence[str]
) -> list[WorksData]:
    """The notices of the town; none when it gives no such file."""
    entries = folder.many("works", "slug", required=False)
    found = [_read(entry, streets, sectors, departments) for entry in entries]
    note_twice(entries, [notice.slug for notice in found], "notice")
    return found


def _read(entry: Entry, streets: Sequence[str], sectors: Sequence[str], departments: Sequence[str]) -> WorksData:
    hours, kind = entry.part("hours"), entry.one_of("kind", Works.Kind.values)
    whole_town = entry.flag("whole_town", False)
    water = kind == Works.Kind.BOIL_WATER
    notice = WorksData(
        slug=entry.slug("slug"),
        kind=kind,
        street=entry.one_of("street", streets, "street", ""),
        civic_from=_number(entry, "from"),
        civic_to=_number(entry, "to"),
        side=entry.one_of("side", Works.Side.values, default=Works.Side.BOTH.value),
        sector=entry.one_of("sector", sectors, "sector", ""),
        polygon=_polygon(entry),
        zone=entry.both("zone", ("", ""), most=160),
        first_day=entry.day("first_day") or date.min,
        last_day=entry.day("last_day", None if water else REQUIRED),
        from_hour=read_hour(hours, "from", REQUIRED if hours.raw else None),
        until_hour=read_hour(hours, "until", REQUIRED if hours.raw else None),
        closure=entry.one_of("closure", Works.Closure.values, default=Works.Closure.NONE.value),
        texts={name: _text(entry, name, needed=name == "nature" or (water and name == "details")) for name in TEXTS},
        weather=entry.flag("weather", False),
        owner=entry.one_of("owner", departments, "department"),
        contact=entry.one_of("contact", departments, "department", ""),
        source=read_source(entry),
    )
    if sum(map(bool, (notice.street, notice.sector, notice.polygon, whole_town))) != 1:
        entry.wrong("give one place: 'street', 'sector' or 'polygon' ('whole_town' for a notice about water)")
    if whole_town and kind not in URGENT:
        entry.wrong("'whole_town' is for a notice about water")
    if water and hours.raw:
        entry.wrong("a notice to boil water holds day and night: it has no 'hours'")
    if bool(notice.polygon) != bool(notice.zone[0]):
        entry.wrong("'zone' names a polygon, and nothing else")
    if not notice.street and (notice.civic_from or notice.civic_to):
        entry.wrong("'from' and 'to' are civic numbers of a 'street'")
    if notice.last_day and notice.last_day < notice.first_day:
        entry.wrong(f"'last_day' ({notice.last_day}) comes before 'first_day' ({notice.first_day})")
    hours.done()
    entry.done()
    return notice


def _text(entry: Entry, name: str, *, needed: bool) -> tuple[str, str]:
    most = getattr(Works._meta.get_field(f"{name}_fr"), "max_length", None) or 0
    return entry.both(name, REQUIRED if needed else ("", ""), most=most)


def _number(entry: Entry, name: str) -> int | None:
    found = entry.value(name, None)
    if found is not None and (not isinstance(found, int) or isinstance(found, bool) or found < 1):
        entry.wrong(f"{name!r} must be a civic number, not {found!r}")
        return None
    return found


def _polygon(entry: Entry) -> dict[str, Any] | None:
    found = entry.value("polygon", None)
    if found is None:
        return None
    if not isinstance(found, dict) or not is_area(found):
        entry.wrong("'polygon' must be a closed Polygon or MultiPolygon of [longitude, latitude]")
        return None
    return found
