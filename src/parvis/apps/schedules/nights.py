"""May one park in the street tonight? Pure: the town's winter rule, what was declared, and a moment of its clock.

A night bears the date of its evening and lasts until the ban of its morning ends. Silence is never a permission.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from parvis.apps.schedules.seasons import Season

_DAY = timedelta(days=1)
FARTHEST = 7  # nights ahead that may be declared


class Word(StrEnum):
    """What is declared for a night: an operation, none, or nothing any more (declared by mistake)."""

    ON = "on"
    OFF = "off"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """PENDING: the decision of the day is not due yet. SILENT: it was due, and nothing was declared."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    PENDING = "pending"
    SILENT = "silent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class WinterNights:
    """The season, the banned hours, when the decision of the day is told; `every_night`: banned unless lifted."""

    season: Season
    banned_from: time
    banned_until: time
    decided_from: time
    decided_by: time
    every_night: bool = False

    def night_of(self, local: datetime) -> date:
        """The night in course or, by day, the one to come; a new one begins the instant that the ban ends."""
        return local.date() - _DAY if local.time() < self.banned_until else local.date()

    def may_declare(self, night: date, local: datetime) -> bool:
        """Whether that night may still be declared: the one in course, or one of the seven that follow."""
        return 0 <= (night - self.night_of(local)).days <= FARTHEST

    def in_season(self, night: date) -> bool:
        """Whether the evening or the morning of the night is in the season: a doubt is no permission."""
        return self.season.holds(night) or self.season.holds(night + _DAY)

    def ban(self, night: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When the ban of that night begins and ends."""
        begins = night if self.banned_from > self.banned_until else night + _DAY
        return (
            datetime.combine(begins, self.banned_from, zone),
            datetime.combine(night + _DAY, self.banned_until, zone),
        )

    def verdict(self, night: date, declared: Word | None, local: datetime) -> Verdict:
        """What may be said of that night at that moment. An operation is forbidden at any time of the year."""
        if declared == Word.ON:
            return Verdict.FORBIDDEN
        if declared == Word.OFF or not self.in_season(night):
            return Verdict.ALLOWED
        if self.every_night:
            return Verdict.FORBIDDEN
        return Verdict.PENDING if self.due_in(night, local) else Verdict.SILENT

    def due_in(self, night: date, local: datetime) -> bool:
        """Whether the decision of that night is still to be told: the hour itself is late."""
        return (local.date(), local.time()) < (night, self.decided_by)

    def being_told(self, night: date, local: datetime) -> bool:
        """Whether the moment is between the two hours when the decision is told."""
        return self.due_in(night, local) and (local.date(), local.time()) >= (night, self.decided_from)
