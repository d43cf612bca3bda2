"""language.yaml: the grounds on which the town may use English."""

from typing import Any

from parvis.catalogue.models import Channel, Nature
from parvis.directory.tongues import SAFETY
from parvis.town.entries import Entry, note_twice
from parvis.town.folder import Folder


def read_language_rule(folder: Folder) -> dict[str, Any]:
    """What `Town.language_rule` holds; without the file, no ground is known and French alone is used."""
    if not (folder.path / "language.yaml").is_file():
        return {}
    entry = folder.one("language")
    parts = entry.parts("grounds", "slug")
    grounds = [_read_ground(part) for part in parts]
    note_twice(parts, [ground["slug"] for ground in grounds], "ground")
    rule = {"source": entry.text("source"), "example": entry.flag("example", False), "grounds": grounds}
    entry.done()
    return rule


def _read_ground(entry: Entry) -> dict[str, Any]:
    name_fr, name_en = entry.both("name", most=120)
    days = entry.value("days", 0)
    if isinstance(days, bool) or not isinstance(days, int) or days < 0:
        entry.wrong(f"'days' must be a number of days, not {days!r}")
        days = 0
    ground = {
        "slug": entry.slug("slug")[:40],
        "name_fr": name_fr,
        "name_en": name_en,
        "source": entry.text("source"),
        "lasting": entry.flag("lasting", False),
        "days": days,
        "channels": list(entry.some_of("channels", Channel.values)),
        "kinds": list(entry.some_of("kinds", [*Nature.values, SAFETY])),
    }
    entry.done()
    return ground
