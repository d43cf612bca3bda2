"""Dates as an earlier system wrote them, read in the town's zone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo


@dataclass(frozen=True)
class When:
    """A moment in UTC, and whether the hour was written or only the day."""

    moment: datetime
    day_only: bool = False


class UnreadableDate(ValueError):
    """No format reads it, or two of them read it differently: `ambiguous`."""

    def __init__(self, written: str, *, ambiguous: bool = False) -> None:
        super().__init__(written)
        self.ambiguous = ambiguous


def read_date(written: str, formats: Sequence[str], zone: tzinfo) -> When:
    """The moment that the text says, by ISO 8601 or one of the formats (strptime).

    Without an offset it is the town's own time; an hour that the change of time skips is the one after it.
    UnreadableDate when none fits, or when two formats disagree: a wrong date is worse than a refused one.
    """
    text = " ".join(written.split())
    iso = _iso(text)
    result = {iso} if iso else {parsed for form in formats if (parsed := _parsed(text, form))}
    if not result:
        raise UnreadableDate(written)
    moments = {
        (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC): day for moment, day in result
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
