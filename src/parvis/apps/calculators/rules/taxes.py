"""Instalments of the tax bill, and the cost of late payment. Act respecting municipal taxation, s. 250.1 and 252."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from parvis.apps.calculators.rules.sums import share, to_cents

DAYS_OF_A_YEAR = 365


@dataclass(frozen=True)
class ByLaw:
    """The dates of the law when council sets no others: the first due date, and the latest second one."""

    first_due: date
    second_until: date | None


@dataclass(frozen=True)
class Instalments:
    """The due dates; `single`: paid in one sum (None: unknown); `by_law`: given when the sending date is known."""

    dates: tuple[date, ...]
    passed: tuple[date, ...]
    next_due: date | None
    days_left: int | None
    single: bool | None
    by_law: ByLaw | None


@dataclass(frozen=True)
class Lateness:
    """The cost of a round sum paid late; None where the rate is unknown. An illustration, never a balance."""

    cents: int
    days: int
    interest: int | None
    penalty: int | None


def instalments(
    dates: Iterable[date],
    today: date,
    *,
    bill: int | None = None,
    threshold: int | None = None,
    sent_on: date | None = None,
    first_days: int | None = None,
    second_days: int | None = None,
) -> Instalments:
    """The status of the due dates. A bill that reaches the threshold may be paid in instalments (s. 252).

    A single sum is due on the first date only, so the later dates are dropped.
    """
    single = None if bill is None or threshold is None else bill < threshold
    ordered = tuple(sorted(set(dates)))
    due = ordered[:1] if single else ordered
    ahead = [day for day in due if day >= today]
    law = None
    if sent_on is not None and first_days is not None:
        first = sent_on + timedelta(days=first_days)
        law = ByLaw(first, None if single or second_days is None else first + timedelta(days=second_days))
    return Instalments(
        dates=due,
        passed=tuple(day for day in due if day < today),
        next_due=ahead[0] if ahead else None,
        days_left=(ahead[0] - today).days if ahead else None,
        single=single,
        by_law=law,
    )


def interest(cents: int, yearly_percent: Decimal, days: int) -> int:
    """Simple daily interest, on a year of 365 days, to the cent."""
    return to_cents(share(cents, yearly_percent) * Fraction(days, DAYS_OF_A_YEAR))


def penalty(cents: int, monthly_percent: Decimal, yearly_percent: Decimal, months: int) -> int:
    """The maximum penalty after that many full months: a monthly rate, capped each year (s. 250.1)."""
    years, rest = divmod(months, 12)
    percent = years * min(12 * monthly_percent, yearly_percent) + min(rest * monthly_percent, yearly_percent)
    return to_cents(share(cents, percent))


def lateness(
    cents: int, days: int, yearly_interest: Decimal | None, monthly: Decimal | None, yearly: Decimal | None
) -> Lateness:
    """The cost of that sum paid that many days late, counting a full month as 30 days."""
    return Lateness(
        cents=cents,
        days=days,
        interest=None if yearly_interest is None else interest(cents, yearly_interest, days),
        penalty=None if monthly is None or yearly is None else penalty(cents, monthly, yearly, days // 30),
    )
