"""The line of an opening: a draw that anyone can do again, and turns that depend on the time alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from math import ceil, floor

WINDOW = timedelta(minutes=10)
"""How long someone may enter, from their turn on."""


class Standing(StrEnum):
    """Where a ticket stands in a line."""

    BEFORE = "before"
    WAITING = "waiting"
    TURN = "turn"
    MISSED = "missed"
    ENTERED = "entered"


@dataclass(frozen=True)
class Pace:
    """From `since` on, `per_second` more are admitted each second than the `served` that had been."""

    since: datetime
    served: float
    per_second: float

    def served_at(self, at: datetime) -> float:
        """How many have been admitted by then, this pace being kept."""
        return self.served + self.per_second * max(0.0, (at - self.since).total_seconds())


def commitment_of(seed: str) -> str:
    """What is published of a seed before the draw: its SHA-256, in hexadecimal."""
    return sha256(seed.encode()).hexdigest()


def draw(seed: str, tickets: Iterable[str]) -> list[str]:
    """The tickets by rising SHA-256 of the seed followed by the ticket: the first one has rank 1."""
    return sorted(tickets, key=lambda ticket: sha256(f"{seed}{ticket}".encode()).digest())


def served_at(paces: Sequence[Pace], at: datetime) -> float:
    """How many have been admitted by then: those of that rank or before. `paces` follow each other in time."""
    held = [pace for pace in paces if pace.since <= at]
    return held[-1].served_at(at) if held else 0.0


def turn_of(paces: Sequence[Pace], rank: int) -> datetime | None:
    """When that rank is admitted; None while the line stands still, or was not drawn."""
    for pace, after in zip(paces, [*paces[1:], None], strict=True):
        if rank <= pace.served:
            return pace.since
        if (after is None or rank <= after.served) and pace.per_second > 0:
            return pace.since + timedelta(seconds=(rank - pace.served) / pace.per_second)
    return None


def next_rank(paces: Sequence[Pace], given: int, at: datetime) -> int:
    """The rank of who arrives now, `given` being the last one: never one whose turn is past.

    So a crowd that comes late is admitted at the same pace as one that came early.
    """
    return max(given, floor(served_at(paces, at))) + 1


def standing_of(paces: Sequence[Pace], rank: int | None, arrived_at: datetime, at: datetime) -> Standing:
    """Where a ticket that has not entered stands. `rank` is None before the draw."""
    if rank is None or not paces:
        return Standing.BEFORE
    if rank > served_at(paces, at):
        return Standing.WAITING
    return Standing.TURN if at < window_end(paces, rank, arrived_at) else Standing.MISSED


def window_end(paces: Sequence[Pace], rank: int, arrived_at: datetime) -> datetime:
    """Until when someone whose turn has come may enter."""
    return max(turn_of(paces, rank) or arrived_at, arrived_at) + WINDOW


def minutes_left(ahead: int, per_second: float) -> tuple[int, int] | None:
    """The range of minutes that a wait behind so many people takes; (0, 1) under a minute, None when nobody advances.

    The pace may be slowed down to spare the site, less often raised: the range is wider above.
    """
    if per_second <= 0:
        return None
    minutes = ahead / per_second / 60
    return floor(minutes * 0.8), max(1, ceil(minutes * 1.5))
