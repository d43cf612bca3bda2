"""The duty on a transfer: cases worked by hand, with the thresholds of each year."""

from decimal import Decimal
from fractions import Fraction

import pytest

from parvis.apps.calculators.rules.duty import Rates, base_of, duty, indexed, supplementary
from parvis.apps.calculators.rules.sums import to_cents

PERCENTS = (Decimal("0.5"), Decimal(1), Decimal("1.5"))
THRESHOLDS = {
    2021: (5_280_000, 26_400_000),
    2024: (5_890_000, 29_460_000),
    2025: (6_150_000, 30_780_000),
    2026: (6_290_000, 31_500_000),
}


@pytest.mark.parametrize(
    ("dollars", "year", "upper", "expected"),
    [
        # 62,900 x 0.5 % = 314.50; (315,000 - 62,900) x 1 % = 2,521; (450,000 - 315,000) x 1.5 % = 2,025
        (450_000, 2026, None, 486_050),
        # the same 314.50 + 2,521; (500,000 - 315,000) x 1.5 % = 2,775; 150,000 x 3 % = 4,500
        (650_000, 2026, "3", 1_011_050),
        # no higher rate: 314.50 + 2,521 + 335,000 x 1.5 % = 5,025
        (650_000, 2026, None, 786_050),
        # 2.5 % above 500,000: 314.50 + 2,521 + 2,775 + 3,750
        (650_000, 2026, "2.5", 936_050),
        # under the first threshold: 40,000 x 0.5 %
        (40_000, 2026, None, 20_000),
        # exactly on it: 314.50
        (62_900, 2026, None, 31_450),
        # exactly on the second: 314.50 + 2,521
        (315_000, 2026, None, 283_550),
        # exactly 500,000: no slice above, whatever the town's rate; 314.50 + 2,521 + 2,775
        (500_000, 2026, "3", 561_050),
        # 2025: 307.50 + (307,800 - 61,500) x 1 % = 2,463; (400,000 - 307,800) x 1.5 % = 1,383
        (400_000, 2025, None, 415_350),
        # 2024: 294.50 + (294,600 - 58,900) x 1 % = 2,357; (325,000 - 294,600) x 1.5 % = 456
        (325_000, 2024, None, 310_750),
        # 2021: 264 + (264,000 - 52,800) x 1 % = 2,112; (275,000 - 264,000) x 1.5 % = 165
        (275_000, 2021, None, 254_100),
    ],
)
def test_duty(dollars: int, year: int, upper: str | None, expected: int) -> None:
    rate = Decimal(upper) if upper else None
    result = duty(dollars * 100, "paid", Rates(THRESHOLDS[year], PERCENTS, 50_000_000, rate))
    assert result.total == expected == sum(item.cents for item in result.slices)


def test_half_a_cent_goes_up() -> None:
    # 62,900.50 $: 314.50 and half a dollar at 1 %, that is half a cent
    assert duty(6_290_050, "paid", Rates(THRESHOLDS[2026], PERCENTS)).total == 31_451


def test_unknown_local_rate_is_said_only_where_it_counts() -> None:
    rates = Rates(THRESHOLDS[2026], PERCENTS, 50_000_000, None)
    assert not duty(50_000_000, "paid", rates).upper_unknown
    assert duty(50_000_001, "paid", rates).upper_unknown


@pytest.mark.parametrize(
    ("paid", "stipulated", "roll", "factor", "expected"),
    [
        (40_000_000, None, None, None, (40_000_000, "paid")),
        (40_000_000, 41_000_000, None, None, (41_000_000, "stipulated")),
        (40_000_000, None, 38_000_000, "1.10", (41_800_000, "roll")),  # 380,000 x 1.10 = 418,000
        (40_000_000, None, 38_000_000, None, (40_000_000, "paid")),
        (0, None, 38_000_000, "1", (38_000_000, "roll")),  # a gift: the roll alone counts
    ],
)
def test_base_is_the_highest_of_three(
    paid: int, stipulated: int | None, roll: int | None, factor: str | None, expected: tuple[int, str]
) -> None:
    assert base_of(paid, stipulated, roll, Decimal(factor) if factor else None) == expected


@pytest.mark.parametrize(
    ("dollars", "expected"),
    [
        (4_999, 0),
        (5_000, 2_500),  # 0.5 % of 5,000
        (39_999, 20_000),  # 0.5 % of 39,999 is 199.995: half a cent up
        (40_000, 20_000),
        (900_000, 20_000),
    ],
)
def test_special_duty_of_an_exempt_transfer(dollars: int, expected: int) -> None:
    result = supplementary(
        dollars * 100, "paid", floor=500_000, flat_from=4_000_000, percent=Decimal("0.5"), flat=20_000
    )
    assert result.total == expected


@pytest.mark.parametrize(
    ("previous", "percent", "expected"),
    [
        (5_520_000, "6.6763", 5_890_000),  # 55,200 x 1.066763 = 58,885.31: 85 is more than 49, so 58,900
        (27_620_000, "6.6763", 29_460_000),  # 276,200 x 1.066763 = 294,639.94: 39 is dropped
        (5_890_000, "4.48", 6_150_000),  # 58,900 x 1.0448 = 61,538.72
        (29_460_000, "4.48", 30_780_000),  # 294,600 x 1.0448 = 307,798.08
        (6_150_000, "2.34", 6_290_000),  # 61,500 x 1.0234 = 62,939.10
        (30_780_000, "2.34", 31_500_000),  # 307,800 x 1.0234 = 315,002.52
        (1_000_000, "0.499", 1_000_000),  # 10,049.90: the two digits are 49
        (1_000_000, "0.5", 1_010_000),  # 10,050: the two digits are 50
    ],
)
def test_thresholds_are_indexed_to_the_hundred(previous: int, percent: str, expected: int) -> None:
    assert indexed(previous, Decimal(percent)) == expected


def test_cents_are_rounded_half_up() -> None:
    assert [to_cents(Fraction(n, 4)) for n in (1, 2, 3, 5)] == [0, 1, 1, 1]
