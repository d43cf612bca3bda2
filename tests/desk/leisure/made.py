"""A winter season with groups, and a household with two children, for the screens of leisure."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from parvis.apps.directory.models import User
from parvis.apps.households.models import Assurance, Household, HouseholdLink, Individual, ResidenceProof
from parvis.apps.leisure.models import (
    Activity,
    ActivityCategory,
    Group,
    Hall,
    Meeting,
    Registration,
    RegistrationEvent,
    Season,
)
from parvis.apps.residents.models import Person
from tests.factories import make_person, unique

NOW = "2026-12-08T09:00:00-05:00"  # an hour after the opening to residents
AT = datetime(2026, 12, 8, 14, tzinfo=UTC)


def make_season(slug: str = "hiver-2027", **values: Any) -> Season:
    """Winter 2027, open to residents since eight o’clock."""
    defaults: dict[str, Any] = {
        "title_fr": "Hiver 2027",
        "title_en": "Winter 2027",
        "starts_on": date(2027, 1, 11),
        "ends_on": date(2027, 3, 28),
        "rule_date": date(2027, 1, 1),
        "residents_open_at": datetime(2026, 12, 8, 13, tzinfo=UTC),
        "everyone_opens_at": datetime(2026, 12, 15, 13, tzinfo=UTC),
        "closes_at": datetime(2027, 1, 8, 22, tzinfo=UTC),
        "published_at": datetime(2026, 11, 20, 13, tzinfo=UTC),
        "rebates": [0, 5, 10],
    }
    return Season.objects.create(slug=slug, **defaults | values)


def make_activity(title: str = "Natation 1", **values: Any) -> Activity:
    """Something for children of five to twelve."""
    category, _made = ActivityCategory.objects.get_or_create(slug="eau", defaults={"title_fr": "Eau"})
    defaults: dict[str, Any] = {"min_age": 5, "max_age": 12, "title_fr": title, "title_en": title}
    return Activity.objects.create(slug=unique("activite"), category=category, **defaults | values)


def make_group(season: Season, slug: str = "natation-1-samedi", **values: Any) -> Group:
    """Ten Saturdays at nine, in the swimming pool, fifteen places at 120 $."""
    hall, _made = Hall.objects.get_or_create(slug="bassin-b", defaults={"title_fr": "Bassin B", "title_en": "Pool B"})
    defaults: dict[str, Any] = {"capacity": 15, "price_cents": 12_000, "hall": hall}
    values.setdefault("activity", None)
    values["activity"] = values["activity"] or make_activity()
    group = Group.objects.create(slug=slug, season=season, **defaults | values)
    first = datetime(2027, 1, 16, 14, tzinfo=UTC)
    Meeting.objects.bulk_create(
        Meeting(
            group=group,
            starts_at=first + timedelta(weeks=week),
            ends_at=first + timedelta(weeks=week, minutes=45),
        )
        for week in range(8)
    )
    return group


def make_home(
    name: str = "Louise Gagné", children: tuple[str, ...] = ("Léa", "Émile"), *, resident: bool = True, **person: Any
) -> Household:
    """A mother who pays, her children of eight and seven, and a proof of residence unless told otherwise."""
    family = name.rsplit(maxsplit=1)[-1]
    household = Household.objects.create(name=family, address_text="12, rue du Quai", created_at=AT)
    mother = Individual.objects.create(name=name, person=make_mother(name, **person), created_at=AT)
    rights = {"may_register": True, "may_pick_up": True, "is_payer": True}
    HouseholdLink.objects.create(household=household, individual=mother, role="adult", created_at=AT, **rights)
    for place, child in enumerate(children):
        born = date(2018 + place, 5, 4)
        row = Individual.objects.create(name=f"{child} {family}", born=born, created_at=AT)
        HouseholdLink.objects.create(household=household, individual=row, role="child", created_at=AT)
    if resident:
        days = {"since": date(2026, 9, 1), "expires_on": date(2027, 9, 1)}
        ResidenceProof.objects.create(household=household, kind="lease", created_at=AT, **days)
    return household


def make_mother(name: str, **values: Any) -> Person:
    """The desk's file of an adult, with a number and an e-mail address unless given."""
    defaults: dict[str, Any] = {"phone": "+14185550123", "email": "louise@example.org"}
    return make_person(name, **defaults | values)


def child_of(household: Household, start: str) -> Individual:
    """The one of the household whose name begins so."""
    return Individual.objects.get(links__household=household, name__startswith=start)


def put(
    group: Group, household: Household, individual: Individual, state: str = "confirmed", **values: Any
) -> Registration:
    """A registration in a state, with its first step."""
    defaults: dict[str, Any] = {
        "channel": "web",
        "assurance": Assurance.PROVED_ADDRESS,
        "resident": True,
        "price_cents": group.price_cents,
        "made_at": AT,
    }
    row = Registration.objects.create(
        group=group, household=household, individual=individual, state=state, **defaults | values
    )
    RegistrationEvent.objects.create(registration=row, what="held", at=AT, channel="web")
    return row


def lead(group: Group, user: User) -> Group:
    """The group, led by that user."""
    group.instructor = user
    group.save(update_fields=["instructor"])
    return group
