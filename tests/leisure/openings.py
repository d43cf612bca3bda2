"""An opening with its line, and households that come to it."""

from datetime import date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from django.conf import settings
from django.test import Client

from parvis.apps.households.models import Household, HouseholdLink, Individual, ResidenceProof
from parvis.apps.leisure.models import Rush, Season
from parvis.apps.leisure.services.lines import plan_rush
from parvis.apps.residents.models import Account
from parvis.lib import clock

ZONE = ZoneInfo("America/Toronto")
OPENING = datetime(2026, 12, 8, 8, tzinfo=ZONE)
_numbers = count(1)


def make_season(opening: datetime = OPENING, *, slug: str = "hiver") -> Season:
    """A season that opens to residents at that moment, and to everyone a week later."""
    return Season.objects.create(
        slug=slug,
        title_fr="Hiver",
        title_en="Winter",
        starts_on=date(2027, 1, 11),
        ends_on=date(2027, 3, 28),
        rule_date=date(2027, 1, 1),
        residents_open_at=opening,
        everyone_opens_at=opening + timedelta(days=7),
        closes_at=opening + timedelta(days=30),
        published_at=opening - timedelta(days=30),
    )


def make_rush(opening: datetime = OPENING, *, per_second: float = 25) -> Rush:
    """The line of the residents of a new season."""
    return plan_rush(season=make_season(opening), for_residents=True, per_second=per_second)


def make_household(*, resident: bool = True) -> Household:
    """A household of one adult who has an account."""
    at, number = clock.now(), next(_numbers)
    household = Household.objects.create(name=f"Foyer {number}", created_at=at)
    account = Account.objects.create(created_at=at, seen_at=at)
    adult = Individual.objects.create(name=f"Adulte {number}", account=account, created_at=at)
    HouseholdLink.objects.create(
        household=household,
        individual=adult,
        role=HouseholdLink.Role.ADULT,
        may_register=True,
        is_payer=True,
        created_at=at,
    )
    if resident:
        ResidenceProof.objects.create(
            household=household, kind="lease", since=date(2026, 1, 1), expires_on=date(2028, 1, 1), created_at=at
        )
    return household


def browser_of(household: Household, *, address: str = "192.0.2.1") -> Client:
    """A browser where an adult of the household is signed in."""
    account = Account.objects.get(individual__links__household=household)
    client = Client(REMOTE_ADDR=address)
    session = client.session
    session["account"] = [account.pk, account.epoch]
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    return client


def moment(words: str, day: str = "2026-12-08") -> str:
    """That time of the morning of the opening, for PARVIS_NOW: "07:59:59.9"."""
    return datetime.fromisoformat(f"{day}T{words}").replace(tzinfo=ZONE).isoformat()
