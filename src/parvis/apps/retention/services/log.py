"""The log of destructions outside the database: `destructions.jsonl` of PARVIS_DATA, which no restore replaces.

One JSON object a line, with the town and a moment: rows destroyed (a rule and primary keys), a hold placed or ended, a
certificate. Opaque keys only: never a name. Each line is on the disk before what it tells is committed. Moments are
those of the machine, as in the manifest of a backup.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.utils import timezone

from parvis.apps.directory.models import Town

What = Literal["destroyed", "held", "released", "certificate"]


def path() -> Path:
    """Where the log is."""
    return Path(settings.PARVIS_DATA) / "destructions.jsonl"


def append(what: What, **values: Any) -> None:
    """Adds a line, and waits until it is on the disk. OSError when it cannot be written."""
    town = Town.objects.values_list("slug", flat=True).first() or ""
    line = {"town": town, "at": timezone.now().astimezone(UTC).isoformat(), "what": what, **values}
    _append([json.dumps(line, ensure_ascii=False, sort_keys=True)])


def _append(lines: list[str]) -> None:
    file = path()
    is_new = not file.exists()
    with os.fdopen(os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "r+b") as out:
        size = out.seek(0, os.SEEK_END)
        if size:
            out.seek(size - 1)
            if out.read(1) != b"\n":  # a line that a crash cut short
                lines = ["", *lines]
        out.write("".join(f"{line}\n" for line in lines).encode())
        out.flush()
        os.fsync(out.fileno())
    if is_new:
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@dataclass(frozen=True)
class Line:
    """One line of the log."""

    at: datetime
    what: str
    values: dict[str, Any]


def read(town: str) -> tuple[list[Line], int]:
    """The lines of a town, in the order of the file, and how many lines are unreadable or of another town."""
    lines, others = [], 0
    for text in _texts(path()):
        try:
            values = json.loads(text)
            line = Line(datetime.fromisoformat(values["at"]), values["what"], values)
        except (ValueError, KeyError, TypeError):
            others += 1
            continue
        if values.get("town") == town:
            lines.append(line)
        else:
            others += 1
    return lines, others


def adopt(other: Path) -> int:
    """Adds to the log the lines of the log of another machine that it lacks; returns how many.

    OSError when that file cannot be read.
    """
    own = set(_texts(path()))
    new = [text for text in _texts(other, required=True) if text not in own]
    if new:
        _append(new)
    return len(new)


def _texts(file: Path, *, required: bool = False) -> Iterator[str]:
    if not required and not file.exists():
        return
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if text := line.strip():
                yield text
