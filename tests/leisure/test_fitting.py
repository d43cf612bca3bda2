"""Who may join a group: one function says it to the site and to the desk before, and to the hand that takes a place."""

from datetime import date, datetime

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.households.models import Household, Individual
from parvis.apps.households.queries import members_of
from parvis.apps.leisure.models import Activity, Group, Registration, Season
from parvis.apps.leisure.services.checking import Fit, fits_of
from parvis.lib.errors import Invalid
from tests.factories import SmallTown
from tests.leisure.making import OPENED, children_of, hold, make_activity, make_group, make_household, make_season

pytestmark = pytest.mark.both_databases
VALUES = {"state": "confirmed", "channel": "web", "assurance": 1, "resident": True, "price_cents": 1}


@pytest.fixture(autouse=True)
def _opened(settings: Settings) -> None:
    settings.PARVIS_NOW = OPENED


def fit(group: Group, household: Household, one: Individual) -> Fit:
    found = fits_of([group], members_of(household))[group.pk]
    return next(each for each in found if each.member.individual == one)


def place(group: Group, household: Household, one: Individual) -> Registration:
    at = datetime.fromisoformat(OPENED)
    return Registration.objects.create(group=group, household=household, individual=one, made_at=at, **VALUES)


def rules_of(season: Season) -> dict[str, Group]:
    """A group for each rule that may refuse someone, none of which a child of seven fits."""
    first = make_activity("avant", title_fr="Avant")
    limited = make_activity("une-fois", most_per_season=1)
    return {
        "too old": make_group(season, make_activity("petits", min_age=3, max_age=5)),
        "too young": make_group(season, make_activity("grands", min_age=16)),
        "not ready": make_group(season, make_activity("suite", prerequisite=first)),
        "another place": make_group(season, limited),
    }


def test_what_each_rule_says_before_is_what_it_refuses_after(season: Season, town: SmallTown) -> None:
    """The loop over the rules: a new one that only refuses fails here once a group for it is added above."""
    for rule, group in rules_of(season).items():
        household = make_household("Léa")
        lea = children_of(household)[0]
        if rule == "another place":
            place(make_group(season, group.activity), household, lea)
        said = fit(group, household, lea)
        assert said.why and not said.lacks_birth, rule
        with pytest.raises(Invalid) as refused:
            hold(household, group, lea)
        assert refused.value.fields == {lea.public_id: said.why}, rule
        assert said.may_set_aside == (rule == "not ready")
        if said.may_set_aside:
            assert hold(household, group, lea, by=town.agent, override="Fait ailleurs")


def test_who_fits_is_told_nothing_and_takes_a_place(season: Season) -> None:
    household = make_household("Léa")
    lea = children_of(household)[0]
    group = make_group(season, make_activity(min_age=7, max_age=7))
    assert fit(group, household, lea) == Fit(fit(group, household, lea).member)
    assert hold(household, group, lea)


@pytest.mark.parametrize(
    ("least", "most", "asked", "why"),
    [
        (None, None, False, ""),
        (3, 5, False, "est adulte. Ce groupe est pour : 3 à 5 ans."),
        (None, 13, False, "est adulte. Ce groupe est pour : jusqu’à 13 ans."),
        (12, 17, True, "Ajoutez la date de naissance"),
        (16, None, True, "Ajoutez la date de naissance"),
        (55, 75, True, "Ajoutez la date de naissance"),
    ],
)
def test_the_birth_date_of_an_adult_is_asked_where_an_adult_might_be_of_age(
    season: Season, least: int | None, most: int | None, asked: bool, why: str
) -> None:
    household = make_household("Léa")
    mother = household.links.get(role="adult").individual
    Individual.objects.filter(pk=mother.pk).update(born=None)
    said = fit(make_group(season, make_activity(min_age=least, max_age=most)), household, mother)
    assert said.lacks_birth == asked and (why in said.why.replace("\u00a0", " ")) and bool(said.why) == bool(why)


def test_many_groups_and_many_people_cost_the_same(
    season: Season, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    first = make_activity("avant")
    groups = [
        make_group(season, make_activity(f"suite-{n}", prerequisite=first, most_per_season=1), weeks=1)
        for n in range(8)
    ]
    members = members_of(make_household(*"ABCDEF"))
    rows = list(Group.objects.filter(pk__in=[one.pk for one in groups]).select_related("activity", "season"))
    with django_assert_max_num_queries(3):
        found = fits_of(rows, members)
    assert len(found) == 8 and all(len(each) == 7 for each in found.values())


def test_a_past_season_makes_ready_and_the_same_season_does_not(season: Season) -> None:
    first = make_activity("avant")
    group = make_group(season, make_activity("suite", prerequisite=first))
    household = make_household("Léa")
    lea = children_of(household)[0]
    place(make_group(season, first), household, lea)
    assert fit(group, household, lea).may_set_aside
    past = make_season("automne-2026", starts_on=date(2026, 9, 14), ends_on=date(2026, 11, 29))
    place(make_group(past, first), household, lea)
    assert not fit(group, household, lea).why
    assert Activity.objects.count() == 2
