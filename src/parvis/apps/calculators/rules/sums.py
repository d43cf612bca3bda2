"""Exact arithmetic on amounts."""

from decimal import Decimal
from fractions import Fraction


def share(cents: int | Fraction, percent: Decimal) -> Fraction:
    """The exact percentage of an amount."""
    return Fraction(cents) * Fraction(percent) / 100


def to_cents(exact: Fraction) -> int:
    """Rounded to the cent, half up."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
