"""The places that households keep without having paid them, and the people of whom the town has only their word."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Max, Q

from parvis.apps.billing.models import Invoice
from parvis.apps.households.models import Household, HouseholdLink, Individual
from parvis.apps.leisure.models import Registration
from parvis.apps.leisure.queries.catalogue import GroupView
from parvis.apps.leisure.rules.bounds import is_unusual_share
from parvis.apps.residents.models import Account
from parvis.lib import clock

State = Registration.State


def unpaid_at(at: datetime) -> Q:
    """Which registrations take a place that was asked for and is not paid: held, or awaiting a payment.

    An offered place is not among them: the town offered it.
    """
    return Q(state=State.AWAITING_PAYMENT) | Q(state=State.HELD, until__gt=at)


def registers_for(account: Account) -> dict[int, int]:
    """The households for which an account registers, each with who it is there, by their ids. One query."""
    links = HouseholdLink.objects.filter(individual__account=account, may_register=True, ended_at=None)
    return dict(links.values_list("household", "individual"))


def unproved(individuals: Iterable[Individual]) -> set[int]:
    """Those of whom the town has only the word of their household: added on line, never seen at the counter, and in no
    season that ended. By id; one query at most.
    """
    declared = {one.pk for one in individuals if one.only_declared}
    return declared - came_before(declared) if declared else set()


def came_before(individual_ids: Iterable[int]) -> set[int]:
    """Those who had a place in a season that ended, by id. One query."""
    rows = Registration.objects.filter(individual__in=set(individual_ids), state=State.CONFIRMED)
    return set(rows.filter(group__season__ends_on__lt=clock.today()).values_list("individual", flat=True))


@dataclass(frozen=True)
class Share:
    """Many places of a group that one household has without having paid them, the last one until `until` (None: until
    the bank says).
    """

    view: GroupView
    household: Household
    unpaid: int
    until: datetime | None


def unusual_shares(views: Sequence[GroupView]) -> list[Share]:
    """The unusual shares of these groups at this moment, the largest first. Two queries at most."""
    by_group = {view.group.pk: view for view in views}
    rows = Registration.objects.filter(unpaid_at(clock.now()), group__in=by_group).order_by()
    counted = rows.values_list("group", "household").annotate(unpaid=Count("pk"), until=Max("until"))
    found = [
        (by_group[group], household, unpaid, until)
        for group, household, unpaid, until in counted.filter(unpaid__gte=settings.PARVIS_UNPAID_SHARE_LEAST)
        if is_unusual(unpaid, by_group[group].capacity)
    ]
    households = Household.objects.in_bulk([household for _view, household, _unpaid, _until in found]) if found else {}
    shares = [Share(view, households[household], unpaid, until) for view, household, unpaid, until in found]
    return sorted(shares, key=lambda share: (-share.unpaid, share.view.group.slug))


def kept_until(invoice: Invoice) -> datetime | None:
    """Until when the places of an invoice wait for its payment at the counter; None when none does. One query."""
    rows = Registration.objects.filter(invoice_line__invoice=invoice, state=State.AWAITING_PAYMENT)
    until: datetime | None = rows.aggregate(until=Max("until"))["until"]
    return until


def is_unusual(unpaid: int, capacity: int) -> bool:
    """Whether the town's settings find that share of a group unusual."""
    return is_unusual_share(
        unpaid, capacity, percent=settings.PARVIS_UNPAID_SHARE, least=settings.PARVIS_UNPAID_SHARE_LEAST
    )
