"""What places cost: prices quoted, family rebates, the most that a household pays, financial aid, and the part of what
is left. Pure.

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
class Aid:
    """Financial aid: so many percent of what is owed before taxes, and `left` cents at most."""

    percent: int
    left: int


@dataclass(frozen=True)
class Priced:
    """What a place costs before taxes: `price` less `rebate` and financial `aid` is `net`."""

    price: int
    rebate: int
    aid: int = 0

    @property
    def net(self) -> int:
        """What is owed before taxes."""
        return self.price - self.rebate - self.aid


def priced(
    items: Sequence[Item],
    *,
    rebates: Sequence[float] = (),
    cap: int | None = None,
    billed: int = 0,
    aid: Aid | None = None,
) -> list[Priced]:
    """The items after the rebates in percent of each child's rank (the last one for the others), then the cap, then the
    financial aid.

    `billed`: what was asked of the household already in the season, before aid and taxes. What goes beyond the cap is
    taken off each item in proportion; so is the aid, once it reaches its maximum.
    """
    nets = [item.price - _rebate(item, rebates) for item in items]
    nets = nets if cap is None else _brought_down(nets, max(0, cap - billed))
    aids = [0] * len(nets)
    if aid is not None:
        aids = _brought_down([(net * aid.percent + 50) // 100 for net in nets], max(0, aid.left))
    return [Priced(item.price, item.price - net, given) for item, net, given in zip(items, nets, aids, strict=True)]


def _brought_down(amounts: Sequence[int], most: int) -> list[int]:
    """The amounts, `most` in all, each less in proportion; the cents that remain stay on the first ones."""
    total = sum(amounts)
    if total <= most:
        return list(amounts)
    shares = [amount * most // total for amount in amounts]
    for at in [at for at, amount in enumerate(amounts) if shares[at] < amount][: most - sum(shares)]:
        shares[at] += 1
    return shares


def _rebate(item: Item, rebates: Sequence[float]) -> int:
    if item.rank is None or not rebates:
        return 0
    hundredths = round(rebates[min(item.rank, len(rebates) - 1)] * 100)
    return min(item.price, (item.price * hundredths + 5_000) // 10_000)


def part_left(cents: int, *, left: int, of: int) -> int:
    """The part of an amount for the meetings left; nothing when there were none."""
    return (2 * cents * left + of) // (2 * of) if of else 0
