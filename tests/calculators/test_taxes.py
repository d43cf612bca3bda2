"""Instalments of the tax bill and the cost of late payment: ten cases worked by hand."""

from datetime import date
from decimal import Decimal

import pytest

from parvis.apps.calculators.rules.taxes import ByLaw, instalments, interest, lateness, penalty

THREE = (date(2026, 3, 4), date(2026, 6, 3), date(2026, 9, 2))


@pytest.mark.parametrize(
    ("today", "passed", "next_due", "left"),
    [
        (date(2026, 1, 15), 0, THREE[0], 48),  # 16 days to the end of January, 28 of February, 4 of March
        (date(2026, 3, 4), 0, THREE[0], 0),  # the day itself is not late
        (date(2026, 3, 5), 1, THREE[1], 90),  # 26 days of March, 30 of April, 31 of May, 3 of June
        (date(2026, 8, 31), 2, THREE[2], 2),  # 31 August to 2 September
        (date(2026, 9, 3), 3, None, None),  # all of them are behind
    ],
)
def test_next_due_date(today: date, passed: int, next_due: date | None, left: int | None) -> None:
    result = instalments(THREE, today)
    assert (len(result.passed), result.next_due, result.days_left) == (passed, next_due, left)


@pytest.mark.parametrize(
    ("bill", "single", "dates"),
    [
        (29_999, True, 1),  # 299.99 $ does not reach 300 $: one sum, on the first date
        (30_000, False, 3),  # 300 $ reaches it
    ],
)
def test_small_bill_is_paid_in_one_sum(bill: int, single: bool, dates: int) -> None:
    result = instalments(THREE, date(2026, 1, 15), bill=bill, threshold=30_000)
    assert (result.single, len(result.dates)) == (single, dates)


def test_dates_of_the_law_are_counted_from_the_sending_of_the_bill() -> None:
    # Sent on 30 January: 1 day left in January, 28 in February, 1 in March makes 30. Then 30 days to the end of March,
    # 30 in April and 30 in May: 90 days later is 30 May.
    result = instalments((), date(2026, 2, 1), sent_on=date(2026, 1, 30), first_days=30, second_days=90)
    assert result.by_law == ByLaw(date(2026, 3, 1), date(2026, 5, 30))
    assert result.next_due is None


def test_without_a_fact_nothing_is_counted() -> None:
    result = instalments((), date(2026, 2, 1), bill=10_000, sent_on=date(2026, 1, 30))
    assert (result.single, result.by_law, result.dates) == (None, None, ())


@pytest.mark.parametrize(
    ("cents", "percent", "days", "expected"),
    [
        (100_000, "11", 30, 904),  # 1,000 $ x 11 % = 110 $ a year; x 30 / 365 = 9.0410...
        (120_050, "9.5", 73, 2_281),  # 1,200.50 $ x 9.5 % = 114.0475 $; 73 days are a fifth of a year: 22.8095
        (100_000, "11", 0, 0),
    ],
)
def test_interest_by_the_day(cents: int, percent: str, days: int, expected: int) -> None:
    assert interest(cents, Decimal(percent), days) == expected


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (0, 0),
        (1, 500),  # 0.5 % of 1,000 $
        (10, 5_000),  # 5 %: the cap of the year is just reached
        (12, 5_000),  # 6 % would be over it
        (15, 6_500),  # 5 % of the first year, then three months: 1.5 %
    ],
)
def test_penalty_is_capped_each_year(months: int, expected: int) -> None:
    assert penalty(100_000, Decimal("0.5"), Decimal(5), months) == expected


def test_lateness_leaves_out_what_is_not_known() -> None:
    result = lateness(100_000, 30, None, Decimal("0.5"), Decimal(5))
    assert (result.interest, result.penalty) == (None, 500)
