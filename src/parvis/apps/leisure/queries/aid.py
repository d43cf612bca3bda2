"""The financial aid of a household: what holds, and how much of it was given."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Sum

from parvis.apps.billing.models import InvoiceLine
from parvis.apps.households.models import Household
from parvis.apps.leisure.models import FinancialAid, Registration, Season
from parvis.apps.leisure.rules.pricing import Aid

State = Registration.State


@dataclass(frozen=True)
class AidGiven:
    """The aid of a household in a season, and the cents that were taken off what was billed."""

    aid: FinancialAid
    given_cents: int

    @property
    def left_cents(self) -> int:
        """What of its maximum may still be given."""
        return max(0, self.aid.most_cents - self.given_cents)


def aid_of(household: Household, season: Season) -> AidGiven | None:
    """The aid that holds, whether or not its day has passed; None without one. Two queries at most."""
    held = FinancialAid.objects.filter(household=household, season=season, ended_at=None)
    aid = held.select_related("made_by").first()
    return AidGiven(aid, cents_of(household, season)["aid"]) if aid else None


def aid_on(household: Household, season: Season, day: date) -> Aid | None:
    """What the aid takes off what is billed on a day; None without one. Two queries at most."""
    found = aid_of(household, season)
    return Aid(found.aid.percent, found.left_cents) if found and day <= found.aid.ends_on else None


def cents_of(household: Household, season: Season) -> dict[str, int]:
    """What the household owes in the season before taxes, paid or not, less what was taken back (`net`), and the aid
    that it was given (`aid`). One query.
    """
    rows = Registration.objects.filter(household=household, group__season=season).exclude(state=State.LAPSED)
    lines = InvoiceLine.objects.filter(Q(registration__in=rows) | Q(reverses__registration__in=rows))
    sums = lines.aggregate(net=Sum("net_cents"), aid=Sum("aid_cents"))
    return {name: cents or 0 for name, cents in sums.items()}
