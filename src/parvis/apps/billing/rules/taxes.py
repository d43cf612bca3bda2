"""The sales taxes of Québec, and parts of an amount with its taxes. Cents, rounded half up.

Rates: Excise Tax Act (R.S.C. 1985, c. E-15), s. 165, 5 % since 1 January 2008; Act respecting the Québec sales tax
(T-0.1), s. 16, 9.975 % since 1 January 2013. Both apply to the price before taxes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

EXEMPT, TAXABLE = "exempt", "taxable"


@dataclass(frozen=True)
class Rate:
    """A rate, in percent, from its first day to the day before the next one's."""

    since: date
    percent: Decimal


GST = (Rate(date(2008, 1, 1), Decimal(5)),)
QST = (Rate(date(2013, 1, 1), Decimal("9.975")),)


def sale_taxes(net_cents: int, nature: str, on: date) -> tuple[int, int]:
    """The GST and the QST of a price, for what is sold that day. ValueError for another nature, or before the rates."""
    if nature not in (EXEMPT, TAXABLE):
        raise ValueError(f"{nature!r} is no tax nature")
    if nature == EXEMPT:
        return 0, 0
    return tax(net_cents, rate_on(GST, on)), tax(net_cents, rate_on(QST, on))


def rate_on(rates: Sequence[Rate], on: date) -> Decimal:
    """The rate of that day, in percent. ValueError before the first one."""
    known = [rate.percent for rate in rates if rate.since <= on]
    if not known:
        raise ValueError(f"no rate is known for {on}")
    return known[-1]


def tax(net_cents: int, percent: Decimal) -> int:
    """So many percent of an amount."""
    return half_up(net_cents * percent / 100)


def part(whole: int, before: int, taken: int, of: int) -> int:
    """What goes with `taken` of an amount `of`, out of its tax `whole`, once `before` of that amount was taken.

    The parts of an amount taken entirely add up to `whole`: the last one takes what rounding left.
    """
    return share(whole, before + taken, of) - share(whole, before, of)


def share(whole: int, taken: int, of: int) -> int:
    """The part of `whole` that goes with `taken` out of `of`; all of it when `of` is nothing."""
    return half_up(Decimal(whole) * taken / of) if of else whole


def half_up(amount: Decimal) -> int:
    """The nearest integer; a half goes away from zero."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))
