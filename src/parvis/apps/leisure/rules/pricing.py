"""What places cost: prices quoted, family rebates, the most that a household pays, and the part of what is left. Pure.

Cents throughout. A half of a cent is rounded up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Prices:
    """The prices of a group; None where it has no such price."""

    regular: int
    late: int | None = None
    non_resident: int | None = None

    def quoted(self, *, at: datetime, late_from: datetime | None, resident: bool) -> int:
        """The price for someone at that moment: the highest of those that apply to them."""
        prices = [self.regular]
        if late_from is not None and at >= late_from and self.late is not None:
            prices.append(self.late)
        if not resident and self.non_resident is not None:
            prices.append(self.non_resident)
        return max(prices)


@dataclass(frozen=True)
class Item:
    """A place to bill: its quoted price, and the rank of the child in its household (0 for the first); None: an
    adult, who has no rebate.
    """

    price: int
    rank: int | None = None


@dataclass(frozen=True)
class Priced:
    """What a place costs before taxes: `price` less `rebate` is `net`."""

    price: int
    rebate: int

    @property
    def net(self) -> int:
        """What is owed before taxes."""
        return self.price - self.rebate


def priced(
    items: Sequence[Item], *, rebates: Sequence[float] = (), cap: int | None = None, billed: int = 0
) -> list[Priced]:
    """The items after the rebates in percent of each child's rank (the last one for the others), then the cap.

    `billed`: what the household already owes in the season, before taxes. What goes beyond the cap is taken off each
    item in proportion, and the cents that remain are left to the first ones.
    """
    nets = [item.price - _rebate(item, rebates) for item in items]
    total = sum(nets)
    room = total if cap is None else min(total, max(0, cap - billed))
    if room < total:
        shares = [net * room // total for net in nets]
        for at in range(room - sum(shares)):
            shares[at] += 1
        nets = shares
    return [Priced(item.price, item.price - net) for item, net in zip(items, nets, strict=True)]


def _rebate(item: Item, rebates: Sequence[float]) -> int:
    if item.rank is None or not rebates:
        return 0
    hundredths = round(rebates[min(item.rank, len(rebates) - 1)] * 100)
    return min(item.price, (item.price * hundredths + 5_000) // 10_000)


def part_left(cents: int, *, left: int, of: int) -> int:
    """The part of an amount for the meetings left; nothing when there were none."""
    return (2 * cents * left + of) // (2 * of) if of else 0
