"""How fast the letters leave: so many a second in all, and to one domain."""

from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

Row = TypeVar("Row")


class Pace(Generic[Row]):
    """Gives rows one by one at a rate, those of a domain at its own; times are seconds of a monotonic clock.

    `rate` and `domain_rate` are a number a second; 0: no limit.
    """

    def __init__(self, rate: float, domain_rate: float) -> None:
        self._apart = 1 / rate if rate else 0.0
        self._domain_apart = 1 / domain_rate if domain_rate else 0.0
        self._next = 0.0
        self._domain_next: dict[str, float] = {}
        self._waiting: dict[str, deque[Row]] = {}

    def add(self, rows: Iterable[tuple[str, Row]]) -> None:
        """Adds rows, each with its domain, in order."""
        for domain, row in rows:
            self._waiting.setdefault(domain, deque()).append(row)

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def next_at(self) -> float | None:
        """When the next row may leave; None without one."""
        if not self._waiting:
            return None
        return max(self._next, min(self._domain_next.get(domain, 0.0) for domain in self._waiting))

    def take(self, now: float) -> Row:
        """The row whose domain has waited longest, counted as leaving now. LookupError without one."""
        if not self._waiting:
            raise LookupError("no row waits")
        domain = min(self._waiting, key=lambda name: self._domain_next.get(name, 0.0))
        row = self._waiting[domain].popleft()
        if not self._waiting[domain]:
            del self._waiting[domain]
        self._next = max(self._next, now - self._apart) + self._apart
        self._domain_next[domain] = max(self._domain_next.get(domain, 0.0), now) + self._domain_apart
        return row

    def drop(self, domain: str) -> list[Row]:
        """Takes away the rows of a domain that asked to wait."""
        return list(self._waiting.pop(domain, ()))
