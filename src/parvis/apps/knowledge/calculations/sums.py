"""Shares of amounts, in whole cents."""

from decimal import Decimal
from fractions import Fraction


def share(cents: int | Fraction, percent: Decimal) -> Fraction:
    """That many percent of an amount, exactly."""
    return Fraction(cents) * Fraction(percent) / 100


def to_cents(exact: Fraction) -> int:
    """To the cent, a half upwards."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
