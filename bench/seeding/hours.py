"""Working time as one straight line, so that adding hours to a moment costs a bisection. Pure.

Moments are seconds since 1970 (UTC). The line agrees with `directory.rules.calendar`, from which it is drawn.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from random import Random

from parvis.apps.directory.rules.calendar import WorkingCalendar


class WorkTime:
    """The working spans of a town between two days, and how much work lies before each."""

    def __init__(self, calendar: WorkingCalendar, first: date, last: date) -> None:
        self.calendar = calendar
        self._days: dict[date, list[tuple[float, float]]] = {}
        self._starts: list[float] = []
        self._before: list[float] = []
        worked, day = 0.0, first
        while day <= last:
            spans = self._spans(day)
            self._days[day] = spans
            for opens, closes in spans:
                self._starts.append(opens)
                self._before.append(worked)
                worked += closes - opens
            day += timedelta(days=1)
        self._ends = [start + self._length(n, worked) for n, start in enumerate(self._starts)]
        self.day = worked / max(1, sum(bool(spans) for spans in self._days.values()))

    def _spans(self, day: date) -> list[tuple[float, float]]:
        spans = []
        for opens, closes in self.calendar.hours_of(day):
            end = day if closes > opens else day + timedelta(days=1)
            zone = self.calendar.zone
            moments = (datetime.combine(day, opens, zone), datetime.combine(end, closes, zone))
            spans.append((moments[0].timestamp(), moments[1].timestamp()))
        return spans

    def _length(self, n: int, worked: float) -> float:
        following = self._before[n + 1] if n + 1 < len(self._before) else worked
        return following - self._before[n]

    def is_worked(self, day: date) -> bool:
        """Whether the offices open on that day."""
        return bool(self._days.get(day))

    def worked(self, moment: float) -> float:
        """How many seconds of work lie before that moment."""
        n = bisect_right(self._starts, moment) - 1
        return self._before[n] + min(moment, self._ends[n]) - self._starts[n] if n >= 0 else 0.0

    def add(self, moment: float, seconds: float) -> float:
        """The moment when that much work has passed, or, when negative, had still to pass."""
        wanted = max(0.0, self.worked(moment) + seconds)
        n = max(0, bisect_right(self._before, wanted) - 1)
        return min(self._starts[n] + wanted - self._before[n], self._ends[n])

    def moment_of(self, day: date, rng: Random) -> float:
        """A moment when the offices are open on that day, more often in the morning; the day must be worked."""
        spans = self._days[day]
        opens, closes = spans[0] if len(spans) == 1 or rng.random() < 0.56 else rng.choice(spans[1:])
        return opens + (closes - opens) * (0.02 + 0.94 * rng.random())


def utc(moment: float) -> datetime:
    """The moment as the database keeps it, to the second."""
    return datetime.fromtimestamp(int(moment), UTC)
