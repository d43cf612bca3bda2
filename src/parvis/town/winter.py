"""winter.yaml: when one may not park in the street at night, and who declares it."""

from collections.abc import Sequence
from datetime import time

from parvis.daily.loading.winter import WinterData
from parvis.town.days import read_hour, read_season, read_source
from parvis.town.entries import Entry
from parvis.town.folder import Folder


def read_winter(folder: Folder, departments: Sequence[str]) -> WinterData | None:
    """The rule of the town; None when it gives no such file."""
    if not (folder.path / "winter.yaml").is_file():
        return None
    entry = folder.one("winter")
    lots = entry.part("lots")
    winter = WinterData(
        season=read_season(entry),
        banned=_hours(entry, "banned"),
        decided=_hours(entry, "decided"),
        every_night=entry.flag("every_night", False),
        line=entry.phone("line"),
        page=entry.url("page"),
        owner=entry.one_of("owner", departments, "department"),
        lots=(lots.some_of("fr"), lots.some_of("en")),
        source=read_source(entry),
    )
    if not winter.season[0]:
        entry.wrong("'season' is missing")
    lots.done()
    entry.done()
    return winter


def _hours(entry: Entry, name: str) -> tuple[time, time]:
    part = entry.part(name)
    hours = read_hour(part, "from"), read_hour(part, "until")
    part.done()
    return hours[0] or time(0), hours[1] or time(0)
