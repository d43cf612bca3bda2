"""The subsidy of a purchase: cases worked by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from parvis.apps.calculators.rules.subsidy import Limit, Obstacle, Programme, Verdict, help_for

DIAPERS = Programme(percent=Decimal(60), cap=12_500, months=9, closes_on=date(2026, 12, 31), envelope=240_000)
TOILETS = Programme(flat=6_500, most_units=2, months=5, closes_on=date(2026, 12, 31), envelope=110_000)
TODAY = date(2026, 11, 24)
RECENT = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("programme", "price", "units", "amount", "limits"),
    [
        (DIAPERS, 15_000, 1, 9_000, (Limit.SHARE,)),  # 60 % of 150 $
        (DIAPERS, 40_000, 1, 12_500, (Limit.CAP,)),  # 240 $ is over 125 $
        (DIAPERS, 40_000, 2, 24_000, (Limit.SHARE,)),  # twins: 250 $ at most, 240 $ is under
        (DIAPERS, 12_345, 1, 7_407, (Limit.SHARE,)),  # 74.07 $
        (replace(DIAPERS, envelope=5_000), 15_000, 1, 5_000, (Limit.SHARE, Limit.ENVELOPE)),  # 50 $ left
        (TOILETS, 45_000, 1, 6_500, ()),
        (TOILETS, 90_000, 3, 13_000, (Limit.COUNT,)),  # two count: 130 $
        (TOILETS, 5_000, 1, 5_000, (Limit.PRICE,)),  # never more than what was paid
    ],
)
def test_amount(programme: Programme, price: int, units: int, amount: int, limits: tuple[Limit, ...]) -> None:
    result = help_for(programme, price=price, bought_on=RECENT, units=units, today=TODAY)
    assert (result.verdict, result.amount, result.limits) == (Verdict.YES, amount, limits)


@pytest.mark.parametrize(
    ("bought_on", "apply_by", "verdict"),
    [
        (date(2026, 2, 24), date(2026, 11, 24), Verdict.YES),  # nine months end today
        (date(2026, 2, 23), date(2026, 11, 23), Verdict.NO),  # yesterday
        (date(2026, 10, 1), date(2026, 12, 31), Verdict.YES),  # nine months would be 1 July; the programme ends before
        (date(2026, 11, 25), date(2026, 12, 31), Verdict.NO),  # not bought yet
        (date(2025, 5, 31), date(2026, 2, 28), Verdict.NO),  # nine months after 31 May: February has no 31st
    ],
)
def test_time_to_apply(bought_on: date, apply_by: date, verdict: Verdict) -> None:
    result = help_for(DIAPERS, price=15_000, bought_on=bought_on, units=1, today=TODAY)
    assert (result.apply_by, result.verdict) == (apply_by, verdict)


@pytest.mark.parametrize(
    ("programme", "verdict", "obstacle"),
    [
        (replace(DIAPERS, closes_on=date(2026, 11, 23)), Verdict.NO, Obstacle.CLOSED),
        (replace(DIAPERS, envelope=0), Verdict.NO, Obstacle.EMPTY),
        (replace(DIAPERS, envelope=None), Verdict.CHECK, Obstacle.ENVELOPE_UNKNOWN),
        (replace(DIAPERS, closes_on=None), Verdict.CHECK, Obstacle.OPEN_UNKNOWN),
        (replace(DIAPERS, months=None), Verdict.CHECK, Obstacle.WINDOW_UNKNOWN),
        (replace(DIAPERS, percent=None), Verdict.CHECK, Obstacle.AMOUNT_UNKNOWN),
    ],
)
def test_what_is_closed_is_refused_and_what_is_unknown_is_checked(
    programme: Programme, verdict: Verdict, obstacle: Obstacle
) -> None:
    result = help_for(programme, price=15_000, bought_on=RECENT, units=1, today=TODAY)
    assert result.verdict == verdict and obstacle in result.obstacles


def test_a_refusal_gives_no_amount() -> None:
    result = help_for(replace(DIAPERS, envelope=0), price=15_000, bought_on=RECENT, units=1, today=TODAY)
    assert result.amount is None
