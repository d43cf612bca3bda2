"""Prices, rebates, the cap of a household, and the part of what is left."""

from datetime import UTC, datetime

import pytest

from parvis.apps.leisure.rules.pricing import Item, Prices, part_left, priced

BEFORE, AFTER = datetime(2026, 12, 15, tzinfo=UTC), datetime(2027, 1, 5, tzinfo=UTC)
LATE_FROM = datetime(2027, 1, 4, tzinfo=UTC)


def test_the_first_second_and_third_child_pay_120_114_and_108() -> None:
    """Point 19."""
    costs = priced([Item(120_00, rank) for rank in range(4)], rebates=[0, 5, 10])
    assert [cost.net for cost in costs] == [120_00, 114_00, 108_00, 108_00]


def test_an_adult_has_no_rebate() -> None:
    assert [cost.net for cost in priced([Item(120_00), Item(120_00, 1)], rebates=[0, 5])] == [120_00, 114_00]


def test_late_costs_159_and_elsewhere_more() -> None:
    """Point 19."""
    prices = Prices(120_00, late=159_00, non_resident=180_00)
    assert prices.quoted(at=BEFORE, late_from=LATE_FROM, resident=True) == 120_00
    assert prices.quoted(at=LATE_FROM, late_from=LATE_FROM, resident=True) == 159_00
    assert prices.quoted(at=AFTER, late_from=LATE_FROM, resident=False) == 180_00
    assert Prices(120_00).quoted(at=AFTER, late_from=LATE_FROM, resident=False) == 120_00


def test_a_household_pays_460_at_most_of_602() -> None:
    """Point 19."""
    costs = priced([Item(301_00, 0), Item(301_00, 1)], cap=460_00)
    assert [cost.net for cost in costs] == [230_00, 230_00] and costs[0].rebate == 71_00
    later = priced([Item(100_00)], cap=460_00, billed=400_00)
    assert [cost.net for cost in later] == [60_00]
    assert [cost.net for cost in priced([Item(100_00)], cap=460_00, billed=500_00)] == [0]


def test_the_cents_that_remain_go_to_the_first_ones() -> None:
    costs = priced([Item(100), Item(100), Item(100)], cap=200)
    assert [cost.net for cost in costs] == [67, 67, 66]
    assert [cost.net for cost in priced([Item(3333, 1)], rebates=[0, 12.5])] == [2916]


@pytest.mark.parametrize(("left", "cents"), [(10, 120_01), (5, 60_01), (3, 36_00), (0, 0)])
def test_what_is_left_is_counted_in_meetings_to_the_cent(left: int, cents: int) -> None:
    """Point 26."""
    assert part_left(120_01, left=left, of=10) == cents
