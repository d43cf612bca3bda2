"""Exact arithmetic on amounts and dates."""

from calendar import monthrange
from datetime import date
from decimal import Decimal
from fractions import Fraction


def share(cents: int | Fraction, percent: Decimal) -> Fraction:
    """The exact percentage of an amount."""
    return Fraction(cents) * Fraction(percent) / 100


def to_cents(exact: Fraction) -> int:
    """Rounded to the cent, half up."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def add_months(day: date, months: int) -> date:
    """The same day that many months later, or the last day of that month when it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
