"""A season, its groups, and households, for the tests of leisure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from parvis.apps.directory.models import User
from parvis.apps.households.models import Assurance, Household, HouseholdLink, Individual, ResidenceProof
from parvis.apps.leisure.models import Activity, ActivityCategory, Group, Hall, Meeting, Registration, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.services.registering import hold_places
from parvis.apps.residents.models import Account, AccountEmail
from tests.factories import unique

ZONE = ZoneInfo("America/Toronto")
RESIDENTS = datetime(2026, 12, 8, 8, tzinfo=ZONE)
EVERYONE = datetime(2026, 12, 15, 8, tzinfo=ZONE)
CLOSES = datetime(2027, 1, 8, 17, tzinfo=ZONE)
OPENED = "2026-12-15T08:00:00-05:00"
BEFORE = datetime(2026, 11, 1, 12, tzinfo=UTC)


def make_season(slug: str = "hiver-2027", **values: Any) -> Season:
    """The winter of 2027, published, with its openings on 8 and 15 December 2026 at 8:00."""
    defaults = {
        "title_fr": "Hiver 2027",
        "title_en": "Winter 2027",
        "starts_on": date(2027, 1, 11),
        "ends_on": date(2027, 3, 28),
        "rule_date": date(2027, 1, 1),
        "residents_open_at": RESIDENTS,
        "everyone_opens_at": EVERYONE,
        "closes_at": CLOSES,
        "published_at": BEFORE,
    }
    return Season.objects.create(slug=slug, **defaults | values)


def make_activity(slug: str = "natation-3", **values: Any) -> Activity:
    """An activity of the category "aquatique"."""
    titles = {"title_fr": "Aquatique", "title_en": "Aquatics"}
    category, _ = ActivityCategory.objects.get_or_create(slug="aquatique", defaults=titles)
    defaults = {"title_fr": "Natation 3", "title_en": "Swimming 3", "category": category, "bring_fr": "Un maillot"}
    return Activity.objects.create(slug=slug, **defaults | values)


def make_group(
    season: Season,
    activity: Activity,
    *,
    day: date = date(2027, 1, 12),
    begins: time = time(18),
    weeks: int = 10,
    hall: str = "piscine",
    **values: Any,
) -> Group:
    """A group of two places at 120 $, that meets for an hour each week from that day, at that hour in the town."""
    place, _ = Hall.objects.get_or_create(slug=hall, defaults={"title_fr": hall.capitalize(), "address_text": "1, rue"})
    defaults = {"slug": unique("groupe"), "capacity": 2, "price_cents": 120_00, "hall": place}
    group = Group.objects.create(season=season, activity=activity, **defaults | values)
    for week in range(weeks):
        starts = datetime.combine(day + timedelta(weeks=week), begins, ZONE)
        Meeting.objects.create(group=group, starts_at=starts, ends_at=starts + timedelta(hours=1))
    return group


def make_household(*children: str, resident: bool = True, email: str = "", born: date = date(2019, 5, 2)) -> Household:
    """A mother with an account, and children born that day; `resident`: her lease was seen."""
    name = unique("Gagné")
    household = Household.objects.create(name=name, created_at=BEFORE)
    account = Account.objects.create(created_at=BEFORE, seen_at=BEFORE)
    address = email or f"{unique('mere')}@exemple.org"
    AccountEmail.objects.create(account=account, email=address, proved_at=BEFORE)
    mother = Individual.objects.create(name=f"Louise {name}", born=date(1988, 3, 3), account=account, created_at=BEFORE)
    rights = {"may_register": True, "may_pick_up": True, "is_payer": True}
    HouseholdLink.objects.create(household=household, individual=mother, role="adult", created_at=BEFORE, **rights)
    for child in children:
        add_child(household, Individual.objects.create(name=child, born=born, created_at=BEFORE))
    if resident:
        make_resident(household)
    return household


def make_resident(household: Household, *, until: date = date(2027, 7, 1)) -> ResidenceProof:
    """A lease of the household that was seen, and counts until the day before that one."""
    values = {"kind": "lease", "since": date(2026, 1, 1), "expires_on": until, "created_at": BEFORE}
    return ResidenceProof.objects.create(household=household, **values)


def add_child(household: Household, child: Individual) -> None:
    """Links a child to a household, besides those where it is."""
    HouseholdLink.objects.create(household=household, individual=child, role="child", created_at=BEFORE)


def children_of(household: Household) -> list[Individual]:
    """Its children, in the order in which they were added."""
    return list(Individual.objects.filter(links__household=household, links__role="child").order_by("links__pk"))


def hold(
    household: Household,
    group: Group,
    *individuals: Individual,
    together: bool = False,
    wait: bool = False,
    by: User | None = None,
    **more: Any,
) -> list[Registration]:
    """`hold_places` on the site, or by telephone when someone of the staff does it; for all children by default."""
    return hold_places(
        household=household,
        group=group,
        individuals=individuals or children_of(household),
        together=together,
        wait=wait,
        channel=Channel.PHONE if by else Channel.WEB,
        assurance=Assurance.PROVED_ADDRESS,
        by=by,
        **more,
    )
