"""Parsing of dates from a legacy system, in the town's time zone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo


@dataclass(frozen=True)
class When:
    """A datetime in UTC, and whether only the day was given."""

    moment: datetime
    day_only: bool = False


class UnreadableDate(ValueError):
    """No format matches, or two give different dates: `ambiguous`."""

    def __init__(self, written: str, *, ambiguous: bool = False) -> None:
        super().__init__(written)
        self.ambiguous = ambiguous


def read_date(written: str, formats: Sequence[str], zone: tzinfo) -> When:
    """Parses a date by ISO 8601 or one of the formats (strptime).

    Without an offset it is in `zone`; a time skipped by a clock change is shifted forward by an hour. UnreadableDate
    when no format matches, or when two formats disagree: a wrong date is worse than a refused one.
    """
    text = " ".join(written.split())
    iso = _iso(text)
    parsed = {iso} if iso else {result for form in formats if (result := _parsed(text, form))}
    if not parsed:
        raise UnreadableDate(written)
    moments = {
        (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC): day for moment, day in parsed
    }
    if len(moments) > 1:
        raise UnreadableDate(written, ambiguous=True)
    moment, day_only = moments.popitem()
    return When(moment, day_only)


def _iso(text: str) -> tuple[datetime, bool] | None:
    try:
        return datetime.combine(date.fromisoformat(text), time()), True
    except ValueError:
        pass
    try:
        return (datetime.fromisoformat(text), False) if "-" in text[:8] else None
    except ValueError:
        return None


def _parsed(text: str, form: str) -> tuple[datetime, bool] | None:
    try:
        return datetime.strptime(text, form), not any(part in form for part in ("%H", "%I", "%s", "%c", "%X", "%T"))
    except ValueError:
        return None
