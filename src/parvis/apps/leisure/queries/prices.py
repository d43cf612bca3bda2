"""What the held places of a household cost, after its rebates, the cap of each season, and its financial aid."""

from collections.abc import Sequence

from parvis.apps.households.models import Household
from parvis.apps.households.queries import members_of
from parvis.apps.leisure.models import Registration, Season
from parvis.apps.leisure.queries.aid import aid_on, cents_of
from parvis.apps.leisure.rules.pricing import Item, Priced, priced
from parvis.lib import clock

State = Registration.State


def priced_rows(household: Household, rows: Sequence[Registration]) -> dict[int, Priced]:
    """By registration, what these held places cost before taxes, at the prices quoted. Reads `group.season`.

    The rank of a child is the order in which the children of the household first had a place in the season, those
    billed before first.
    """
    children = {member.individual.pk for member in members_of(household) if member.is_child}
    found: dict[int, Priced] = {}
    for season in {row.group.season for row in rows}:
        mine = [row for row in rows if row.group.season_id == season.pk]
        ranks = _ranks(household, season, mine, children)
        items = [Item(row.price_cents, ranks.get(row.individual_id)) for row in mine]
        cap = season.household_cap_cents
        billed = sum(cents_of(household, season).values()) if cap is not None else 0
        aid = aid_on(household, season, clock.today())
        costs = priced(items, rebates=season.rebates, cap=cap, billed=billed, aid=aid)
        found |= {row.pk: cost for row, cost in zip(mine, costs, strict=True)}
    return found


def _ranks(household: Household, season: Season, rows: Sequence[Registration], children: set[int]) -> dict[int, int]:
    before = Registration.objects.filter(household=household, group__season=season, individual__in=children)
    before = before.filter(state__in=(State.AWAITING_PAYMENT, State.CONFIRMED)).order_by("pk")
    order = [*before.values_list("individual", flat=True), *(row.individual_id for row in rows)]
    return {child: rank for rank, child in enumerate(dict.fromkeys(each for each in order if each in children))}
