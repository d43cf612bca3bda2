"""Winter night parking: whether parking in the street is allowed, by the town's rule and declarations. Pure.

A night has the date of its evening and lasts until the ban ends in the morning. No declaration never means permission.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from parvis.apps.schedules.rules.seasons import Season

_DAY = timedelta(days=1)
FARTHEST = 7  # nights ahead that may be declared


class Word(StrEnum):
    """A declaration for a night: a snow operation, none, or a withdrawal (declared by mistake)."""

    ON = "on"
    OFF = "off"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """PENDING: the daily decision is not due yet. SILENT: it was due, and nothing was declared."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    PENDING = "pending"
    SILENT = "silent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class WinterNights:
    """The season, the banned hours, when the daily decision is announced; `every_night`: banned unless lifted."""

    season: Season
    banned_from: time
    banned_until: time
    decided_from: time
    decided_by: time
    every_night: bool = False

    def night_of(self, local: datetime) -> date:
        """The current night or, by day, the coming one; a new one begins the instant the ban ends."""
        return local.date() - _DAY if local.time() < self.banned_until else local.date()

    def may_declare(self, night: date, local: datetime) -> bool:
        """Whether a declaration is accepted for that night: the current one, or one of the seven that follow."""
        return 0 <= (night - self.night_of(local)).days <= FARTHEST

    def in_season(self, night: date) -> bool:
        """Whether the evening or the morning of the night is in the season: when in doubt, it is."""
        return self.season.holds(night) or self.season.holds(night + _DAY)

    def ban(self, night: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The start and end of that night's ban."""
        begins = night if self.banned_from > self.banned_until else night + _DAY
        return (
            datetime.combine(begins, self.banned_from, zone),
            datetime.combine(night + _DAY, self.banned_until, zone),
        )

    def verdict(self, night: date, declared: Word | None, local: datetime) -> Verdict:
        """The verdict for a night at a given time. During an operation parking is forbidden at any time of year."""
        if declared == Word.ON:
            return Verdict.FORBIDDEN
        if declared == Word.OFF or not self.in_season(night):
            return Verdict.ALLOWED
        if self.every_night:
            return Verdict.FORBIDDEN
        return Verdict.PENDING if self.due_in(night, local) else Verdict.SILENT

    def due_in(self, night: date, local: datetime) -> bool:
        """Whether the decision for that night is not due yet; it is due at `decided_by` exactly."""
        return (local.date(), local.time()) < (night, self.decided_by)

    def being_told(self, night: date, local: datetime) -> bool:
        """Whether the decision is being announced: it is between `decided_from` and `decided_by`."""
        return self.due_in(night, local) and (local.date(), local.time()) >= (night, self.decided_from)
