"""Sides of a street: the civic numbers of a segment, and contradictions between segments. Pure."""

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

PARITIES = ("all", "odd", "even")


class Side(NamedTuple):
    """Civic numbers from `first` to `last` inclusive, of one parity (odd and even numbers face each other) or all."""

    first: int
    last: int
    parity: str = "all"

    def holds(self, civic: int) -> bool:
        """Whether the number is in the range."""
        return self.first <= civic <= self.last and self.parity in ("all", "odd" if civic % 2 else "even")

    def meets(self, other: "Side") -> bool:
        """Whether some number could be in both."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        parities = {self.parity, other.parity} - {"all"}
        if first > last or len(parities) == 2:
            return False
        return not parities or first < last or Side(first, last, parities.pop()).holds(first)


def contradictions(sides: Iterable[tuple[str, str, Side, str]]) -> list[tuple[int, int]]:
    """The ranks of each two segments of one street that put the same number in different sectors of one kind.

    Each segment is (street, kind of sector, side, sector).
    """
    groups: dict[tuple[str, str], list[tuple[int, Side, str]]] = {}
    for rank, (street, kind, side, sector) in enumerate(sides):
        groups.setdefault((street, kind), []).append((rank, side, sector))
    return sorted(
        (rank, other_rank)
        for group in groups.values()
        for (rank, side, sector), (other_rank, other_side, other_sector) in combinations(group, 2)
        if sector != other_sector and side.meets(other_side)
    )
