"""The stages of a sale for unpaid taxes: cases worked by hand."""

from datetime import date

import pytest

from parvis.apps.calculators.rules.tax_sale import Delays, Known, Stage, standing

LAW = Delays(list_months=6, notice_days=30, sale_days=15, redeem_years=1)
DEPOSIT, ORDERED = date(2026, 1, 31), date(2026, 9, 8)
FIRST, SECOND, SALE = date(2026, 9, 22), date(2026, 10, 1), date(2026, 10, 20)


@pytest.mark.parametrize(
    ("known", "today", "stage", "stoppable"),
    [
        (Known(), date(2026, 6, 1), Stage.BEFORE, True),
        (Known(deposit_on=DEPOSIT), date(2026, 7, 30), Stage.BEFORE, True),  # six months end on 31 July
        (Known(deposit_on=DEPOSIT), date(2026, 7, 31), Stage.LIST, True),
        (Known(DEPOSIT, ORDERED), date(2026, 9, 8), Stage.ORDERED, True),
        (Known(DEPOSIT, ORDERED, FIRST), date(2026, 9, 25), Stage.PUBLISHED, True),
        (Known(DEPOSIT, ORDERED, FIRST, SECOND), date(2026, 9, 25), Stage.PUBLISHED, True),  # the second is to come
        (Known(DEPOSIT, ORDERED, FIRST, SECOND, SALE), date(2026, 10, 19), Stage.TWICE, True),
        (Known(DEPOSIT, ORDERED, FIRST, SECOND, SALE), SALE, Stage.SALE_DAY, True),
        (Known(DEPOSIT, ORDERED, FIRST, SECOND, SALE), date(2026, 10, 21), Stage.UNSOLD, False),
        (Known(sale_on=SALE, sold=True), date(2027, 10, 20), Stage.SOLD, False),  # the last day of the year
        (Known(sale_on=SALE, sold=True), date(2027, 10, 21), Stage.FINAL, False),
    ],
)
def test_stage(known: Known, today: date, stage: Stage, stoppable: bool) -> None:
    result = standing(known, LAW, today)
    assert (result.stage, result.stoppable) == (stage, stoppable)


def test_dates_that_follow_from_the_law() -> None:
    result = standing(Known(date(2026, 8, 31), ORDERED, FIRST, SECOND, SALE), LAW, date(2026, 10, 2))
    assert result.list_from == date(2027, 2, 28)  # February has no 31st
    assert result.notice_by == date(2026, 10, 8)  # 8 September + 30: 22 of September, 8 of October
    assert result.sale_from == date(2026, 10, 16)  # 1 October + 15
    assert result.redeem_until is None  # nothing is sold


def test_a_sale_on_29_february_is_bought_back_until_28() -> None:
    result = standing(Known(sale_on=date(2028, 2, 29), sold=True), LAW, date(2028, 3, 1))
    assert result.redeem_until == date(2029, 2, 28)


def test_unknown_delays_give_no_date_and_no_end_to_buying_back() -> None:
    result = standing(
        Known(DEPOSIT, ORDERED, sale_on=SALE, sold=True), Delays(None, None, None, None), date(2030, 1, 1)
    )
    assert (result.stage, result.list_from, result.notice_by, result.redeem_until) == (Stage.SOLD, None, None, None)
