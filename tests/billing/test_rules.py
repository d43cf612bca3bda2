"""Taxes and the rounding of cash."""

from datetime import date

import pytest

from parvis.apps.billing.rules.cash import rounded
from parvis.apps.billing.rules.taxes import EXEMPT, TAXABLE, part, sale_taxes

DAY = date(2027, 1, 11)


def test_both_taxes_are_on_the_price_and_half_a_cent_goes_up() -> None:
    """Point 19, and section 4: 60.00 gives 3.00 and 5.99, where half to even gives 5.98."""
    assert sale_taxes(6_000, TAXABLE, DAY) == (300, 599)
    assert sale_taxes(-6_000, TAXABLE, DAY) == (-300, -599)
    assert sale_taxes(10, TAXABLE, DAY) == (1, 1)


def test_what_is_exempt_has_no_tax() -> None:
    assert sale_taxes(12_000, EXEMPT, DAY) == (0, 0)


def test_no_rate_is_made_up() -> None:
    with pytest.raises(ValueError, match="no rate"):
        sale_taxes(6_000, TAXABLE, date(2012, 12, 31))
    with pytest.raises(ValueError, match="nature"):
        sale_taxes(6_000, "zero", DAY)


@pytest.mark.parametrize(
    "pieces", [(1_000, 1_000, 4_000), (1, 2, 5_997), (3_333, 2_667), (6_000,), (1,) * 7 + (5_993,)]
)
def test_parts_of_an_amount_take_back_all_of_its_tax(pieces: tuple[int, ...]) -> None:
    """Point 26."""
    taken, before = 0, 0
    for piece in pieces:
        taken += part(599, before, piece, 6_000)
        before += piece
    assert taken == 599


def test_only_cash_is_rounded_to_five_cents() -> None:
    """Point 36."""
    endings = {11_490 + cent: rounded(11_490 + cent) - 11_490 for cent in range(10)}
    assert list(endings.values()) == [0, 0, 0, 5, 5, 5, 5, 5, 10, 10]
    assert rounded(11_498) == 11_500
    assert rounded(2) == 0
