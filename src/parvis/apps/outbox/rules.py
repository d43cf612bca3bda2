"""The waits between two attempts."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Backoff:
    """The wait after each failed attempt, from the first. Beyond the last: that one again, or none if it `ends`."""

    waits: tuple[timedelta, ...]
    ends: bool = False

    def after(self, attempts: int) -> timedelta | None:
        """The wait after so many attempts, 1 or more; None: it is not tried any more."""
        if self.ends and attempts > len(self.waits):
            return None
        return self.waits[min(max(attempts, 1), len(self.waits)) - 1]


def growing(first: timedelta, factor: int, longest: timedelta) -> Backoff:
    """Waits that grow from `first`, `factor` times as long each time, and stay at `longest`."""
    waits = [first]
    while waits[-1] < longest:
        waits.append(min(waits[-1] * factor, longest))
    return Backoff(tuple(waits))
