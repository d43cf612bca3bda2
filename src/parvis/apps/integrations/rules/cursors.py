"""Cursors of lists: opaque texts that say where the next page begins. Pure."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

from parvis.lib.json_text import read_json

LONGEST = 200
SETTLED = timedelta(minutes=10)
"""On PostgreSQL a transaction that began first may commit last, behind a cursor that has passed: what follows the
changes in their order stays this far behind now, longer than any transaction."""


def write_cursor(*parts: int | str) -> str:
    """A cursor of these values."""
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def read_id(text: str) -> int | None:
    """The identifier of a cursor of one value; None when this is no such cursor."""
    parts = _parts(text, 1)
    return _id(parts[0]) if parts else None


def read_moment(text: str) -> tuple[datetime, int] | None:
    """The moment and the identifier of a cursor of two values; None when this is no such cursor."""
    parts = _parts(text, 2)
    pk = _id(parts[1]) if parts else None
    if not parts or pk is None or not isinstance(parts[0], str):
        return None
    try:
        moment = datetime.fromisoformat(parts[0])
    except ValueError:
        return None
    return (moment, pk) if moment.tzinfo else None


def _id(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def _parts(text: str, number: int) -> list[object] | None:
    if not text or len(text) > LONGEST or not text.isascii():
        return None
    try:
        parts = read_json(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return None
    return parts if isinstance(parts, list) and len(parts) == number else None
