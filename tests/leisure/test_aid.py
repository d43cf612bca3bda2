"""Financial aid: taken off the bill after rebates and before taxes, within its maximum, and never given back."""

from datetime import date
from typing import Any

import pytest
from django.utils.translation import override
from pytest_django import Settings

from parvis.apps.billing.letters import receipt
from parvis.apps.billing.models import Invoice, Payment, Refund
from parvis.apps.billing.queries.balances import balance_of, paid_of
from parvis.apps.billing.queries.receipts import receipt_of
from parvis.apps.billing.services.payments import take_at_counter
from parvis.apps.directory.models import User
from parvis.apps.households.models import Household
from parvis.apps.leisure.models import Activity, FinancialAid, Group, Registration, Season
from parvis.apps.leisure.queries.aid import aid_of
from parvis.apps.leisure.queries.registrations import open_cart
from parvis.apps.leisure.rules.pricing import Aid, Item, priced
from parvis.apps.leisure.services.aid import end_aid, give_aid
from parvis.apps.leisure.services.registering import cancel_registration, check_out
from parvis.lib.errors import Invalid, NotAllowed
from tests.factories import SmallTown
from tests.leisure.making import hold, make_activity, make_group, make_household

HALF_WAY = "2027-02-12T12:00:00-05:00"  # five of the ten meetings are past


def aided(household: Household, season: Season, town: SmallTown, percent: int = 50, most: int = 500_00) -> FinancialAid:
    return give_aid(
        household=household,
        season=season,
        percent=percent,
        most_cents=most,
        ends_on=date(2027, 3, 1),
        reason="Revenu sous le seuil",
        by=town.leisure_manager,
    )


def billed(household: Household, group: Group, **more: object) -> Invoice:
    hold(household, group, **more)  # type: ignore[arg-type]
    return check_out(household=household, language="fr", at_counter=True, channel="web")


def paid(invoice: Invoice, by: User) -> Invoice:
    take_at_counter(key=f"caisse:{invoice.pk}", invoice=invoice, method=Payment.Method.CHEQUE, by=by)
    return invoice


def given(household: Household, season: Season) -> int:
    found = aid_of(household, season)
    return found.given_cents if found else -1


def test_it_is_taken_after_the_rebates_and_the_cap() -> None:
    """Point 20."""
    items = [Item(120_00, 0), Item(120_00, 1)]
    costs = priced(items, rebates=[0, 5], aid=Aid(50, 500_00))
    assert [(cost.rebate, cost.aid, cost.net) for cost in costs] == [(0, 60_00, 60_00), (6_00, 57_00, 57_00)]
    capped = priced([Item(301_00, 0), Item(301_00, 1)], cap=460_00, aid=Aid(10, 500_00))
    assert [(cost.aid, cost.net) for cost in capped] == [(23_00, 207_00)] * 2
    assert [cost.net for cost in priced([Item(333)], aid=Aid(50, 500))] == [166], "half a cent is for the household"


def test_its_maximum_is_shared_in_proportion_and_nobody_pays_less_than_nothing() -> None:
    costs = priced([Item(100), Item(0), Item(100), Item(100)], aid=Aid(100, 200))
    assert [cost.aid for cost in costs] == [67, 0, 67, 66]
    assert [cost.aid for cost in priced([Item(100)], aid=Aid(50, 0))] == [0]
    assert [cost.net for cost in priced([Item(100)], aid=Aid(100, 500))] == [0]
    assert [cost.net for cost in priced([Item(0), Item(100), Item(100)], cap=1)] == [0, 1, 0]


def test_the_household_sees_it_in_its_basket_on_its_invoice_and_on_its_receipt(season: Season, town: SmallTown) -> None:
    """Point 20."""
    household = make_household("Léa", "Tom")
    aided(household, season, town)
    group = make_group(season, make_activity(tax_nature="taxable"))
    hold(household, group)
    cart = open_cart(household)
    assert cart is not None and (cart.aid_cents, cart.net_cents, cart.gst_cents) == (120_00, 120_00, 6_00)
    invoice = check_out(household=household, language="fr", at_counter=True, channel="web")
    lines = list(invoice.lines.all())
    assert [(line.price_cents, line.aid_cents, line.net_cents) for line in lines] == [(120_00, 60_00, 60_00)] * 2
    assert [(line.gst_cents, line.qst_cents) for line in lines] == [(3_00, 5_99)] * 2
    assert balance_of(invoice) == cart.total_cents == 137_98
    assert receipt_of(paid(invoice, town.agent)).aid_cents == 120_00
    with override("fr"):
        text = receipt(invoice.pk).text.replace("\u00a0", " ")
    assert "Aide financière, déjà déduite" in text and "Revenu sous" not in text


def test_what_a_tax_slip_will_want_is_what_was_paid(season: Season, town: SmallTown) -> None:
    household = make_household("Léa")
    aided(household, season, town)
    invoice = billed(household, make_group(season, make_activity(child_care=True)))
    assert invoice.lines.get().slip_cents == 60_00


def test_a_place_cancelled_gives_back_what_was_paid_and_the_aid_may_be_given_again(
    season: Season, swimming: Activity, town: SmallTown, settings: Settings
) -> None:
    """Points 20 and 26."""
    household = make_household("Léa")
    aided(household, season, town)
    invoice = paid(billed(household, make_group(season, swimming)), town.agent)
    Registration.objects.update(state="confirmed")
    settings.PARVIS_NOW = HALF_WAY
    cancel_registration(registration=Registration.objects.get(), channel="web")
    assert Refund.objects.get().cents == 30_00 and paid_of(invoice) == 30_00
    back = invoice.lines.exclude(reverses=None).get()
    assert (back.net_cents, back.aid_cents, back.price_cents) == (-30_00, -30_00, -60_00)
    assert given(household, season) == 30_00


def test_a_place_that_cost_nothing_gives_its_aid_back_by_the_meetings_left(
    season: Season, swimming: Activity, town: SmallTown, settings: Settings
) -> None:
    household = make_household("Léa")
    aided(household, season, town, percent=100)
    invoice = billed(household, make_group(season, swimming))
    assert balance_of(invoice) == 0 and given(household, season) == 120_00
    Registration.objects.update(state="confirmed")
    settings.PARVIS_NOW = HALF_WAY
    cancel_registration(registration=Registration.objects.get(), channel="web")
    assert given(household, season) == 60_00 and paid_of(invoice) == 0


def test_its_maximum_counts_earlier_invoices_and_what_was_cancelled_counts_no_more(
    season: Season, swimming: Activity, town: SmallTown
) -> None:
    """Point 20."""
    household = make_household("Léa")
    aided(household, season, town, most=100_00)
    first = billed(household, make_group(season, swimming))
    second = billed(household, make_group(season, swimming))
    third = billed(household, make_group(season, swimming))
    assert [one.lines.get().aid_cents for one in (first, second, third)] == [60_00, 40_00, 0]
    cancel_registration(registration=Registration.objects.get(invoice_line__invoice=first), channel="web")
    assert billed(household, make_group(season, swimming)).lines.get().aid_cents == 60_00
    assert given(household, season) == 100_00


def test_the_cap_of_a_household_is_the_same_in_one_invoice_or_in_two(
    season: Season, swimming: Activity, town: SmallTown
) -> None:
    Season.objects.update(household_cap_cents=150_00)
    season.refresh_from_db()
    household = make_household("Léa")
    aided(household, season, town)
    invoices = [billed(household, make_group(season, swimming)) for _each in range(2)]
    assert [one.lines.get().net_cents for one in invoices] == [60_00, 15_00]


def test_it_ends_after_its_day_and_when_the_manager_ends_it(
    season: Season, swimming: Activity, town: SmallTown, settings: Settings
) -> None:
    household, other = make_household("Léa"), make_household("Tom")
    aided(household, season, town)
    assert billed(other, make_group(season, swimming)).lines.get().aid_cents == 0, "another household has none"
    aided(household, season, town, percent=25)
    assert FinancialAid.objects.count() == 2 and FinancialAid.objects.filter(ended_at=None).get().percent == 25
    FinancialAid.objects.filter(ended_at=None).update(ends_on=date(2026, 12, 14))
    assert billed(household, make_group(season, swimming)).lines.get().aid_cents == 0
    FinancialAid.objects.filter(ended_at=None).update(ends_on=date(2026, 12, 15))
    assert billed(household, make_group(season, swimming)).lines.get().aid_cents == 30_00
    for _twice in range(2):
        end_aid(household=household, season=season, by=town.leisure_manager)
    assert billed(household, make_group(season, swimming)).lines.get().aid_cents == 0


def test_only_a_manager_gives_it_and_what_is_wrong_is_said_by_field(season: Season, town: SmallTown) -> None:
    household = make_household("Léa")
    values: dict[str, Any] = {"household": household, "season": season, "by": town.leisure_manager}
    values |= {"ends_on": date(2026, 12, 1), "reason": " "}
    with pytest.raises(Invalid) as refused:
        give_aid(percent=101, most_cents=0, **values)
    assert set(refused.value.fields) == {"percent", "most_cents", "ends_on", "reason"}
    for user in (town.agent, town.instructor, town.treasurer):
        with pytest.raises(NotAllowed):
            give_aid(percent=50, most_cents=1, **values | {"by": user})
        with pytest.raises(NotAllowed):
            end_aid(household=household, season=season, by=user)
    assert not FinancialAid.objects.exists()
