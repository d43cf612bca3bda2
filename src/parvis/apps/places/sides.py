"""The sides of a street: which civic numbers a segment holds, and where two segments contradict each other. Pure."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

PARITIES = ("all", "odd", "even")


class Side(NamedTuple):
    """Civic numbers from `first` to `last`, both held, of one parity: the odd and the even numbers face each other."""

    first: int
    last: int
    parity: str = "all"

    def holds(self, civic: int) -> bool:
        """Whether the house of that number stands there."""
        return self.first <= civic <= self.last and self.parity in ("all", "odd" if civic % 2 else "even")

    def meets(self, other: "Side") -> bool:
        """Whether some number could stand on both."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        parities = {self.parity, other.parity} - {"all"}
        if first > last or len(parities) == 2:
            return False
        return not parities or first < last or Side(first, last, parities.pop()).holds(first)


def contradictions(sides: Iterable[tuple[str, str, Side, str]]) -> list[tuple[int, int]]:
    """The ranks of two segments of one street that put the same number in two sectors of one kind.

    Each segment is (street, kind of sector, side, sector).
    """
    together: dict[tuple[str, str], list[tuple[int, Side, str]]] = {}
    for rank, (street, kind, side, sector) in enumerate(sides):
        together.setdefault((street, kind), []).append((rank, side, sector))
    return sorted(pair for along in together.values() for pair in _contradictions(along))


def _contradictions(along: Sequence[tuple[int, Side, str]]) -> Iterable[tuple[int, int]]:
    for (result, side, sector), (other, beside, another) in combinations(along, 2):
        if sector != another and side.meets(beside):
            yield result, other
