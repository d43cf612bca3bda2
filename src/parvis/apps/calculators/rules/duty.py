"""The duty on the transfer of a property. Act respecting duties on transfers of immovables (D-15.1), s. 2 and 2.1."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from parvis.apps.calculators.rules.sums import share, to_cents

Basis = Literal["paid", "stipulated", "roll"]


@dataclass(frozen=True)
class Rates:
    """The year's two thresholds and the rates between them; a town may set its own `upper` rate above `upper_from`.

    `upper` None: unknown whether the town has one.
    """

    thresholds: tuple[int, int]
    percents: tuple[Decimal, Decimal, Decimal]
    upper_from: int | None = None
    upper: Decimal | None = None


@dataclass(frozen=True)
class Slice:
    """One slice of the base, from `over` to `up_to`, with its rate and its duty in cents."""

    over: int
    up_to: int
    percent: Decimal
    cents: int


@dataclass(frozen=True)
class Duty:
    """The duty in cents, its slices, and whether an unknown local rate may raise it."""

    base: int
    basis: Basis
    slices: tuple[Slice, ...]
    total: int
    upper_unknown: bool


@dataclass(frozen=True)
class Supplementary:
    """The special duty owed on a transfer that the law exempts."""

    base: int
    basis: Basis
    total: int


def base_of(paid: int, stipulated: int | None, roll: int | None, factor: Decimal | None) -> tuple[int, Basis]:
    """The highest of the price paid, the deed's price, and the roll value times the factor of the year.

    Without a factor the roll value counts as is. The first named wins a tie.
    """
    value = None if roll is None else to_cents(Fraction(roll) * Fraction(factor or 1))
    amounts: list[tuple[int, Basis]] = [(paid, "paid"), (stipulated or 0, "stipulated"), (value or 0, "roll")]
    return max(amounts, key=lambda amount: amount[0])


def duty(base: int, basis: Basis, rates: Rates) -> Duty:
    """The duty of each slice, to the cent, and their sum."""
    first, second = rates.thresholds
    edges = [(0, rates.percents[0]), (first, rates.percents[1]), (second, rates.percents[2])]
    above = rates.upper_from is not None and base > rates.upper_from
    if rates.upper_from is not None and rates.upper is not None:
        edges.append((rates.upper_from, rates.upper))
    slices = []
    for index, (over, percent) in enumerate(edges):
        end = edges[index + 1][0] if index + 1 < len(edges) else base
        up_to = min(end, base)
        if up_to > over:
            slices.append(Slice(over, up_to, percent, to_cents(share(up_to - over, percent))))
    total = sum(each.cents for each in slices)
    return Duty(base, basis, tuple(slices), total, above and rates.upper is None)


def supplementary(base: int, basis: Basis, *, floor: int, flat_from: int, percent: Decimal, flat: int) -> Supplementary:
    """Nothing below the floor, a percentage up to `flat_from`, then a flat amount."""
    if base < floor:
        return Supplementary(base, basis, 0)
    return Supplementary(base, basis, flat if base >= flat_from else to_cents(share(base, percent)))


def indexed(previous: int, percent: Decimal) -> int:
    """The previous year's threshold, in cents, indexed (s. 2.1) to the hundred dollars: 50 dollars or more round up."""
    exact = Fraction(previous) + share(previous, percent)
    hundreds, rest = divmod(int(exact // 100), 100)
    return (hundreds + (rest > 49)) * 100 * 100
