"""What the desk sees of unpaid places and of people of whom the town has only the word of their household."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import User
from parvis.apps.households.models import Household, Individual
from parvis.apps.leisure.models import Group, Registration
from tests.desk.leisure.made import NOW, child_of, make_activity, make_group, make_home, make_season
from tests.desk.leisure.test_household import at, hold, text
from tests.factories import SmallTown
from tests.leisure.making import children_of
from tests.leisure.making import hold as held

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _the_morning(settings: Settings) -> None:
    settings.PARVIS_NOW = NOW


@pytest.fixture
def agent(town: SmallTown, signed_in: SignIn) -> Client:
    return signed_in(town.agent)


@pytest.fixture
def manager(town: SmallTown, signed_in: SignIn) -> Client:
    return signed_in(town.leisure_manager)


@pytest.fixture
def group(town: SmallTown) -> Group:
    return make_group(make_season(), capacity=12, activity=make_activity(min_age=None, max_age=None))


@pytest.fixture
def home(town: SmallTown) -> Household:
    """Five children whom the household declared."""
    home = make_home(children=("Léa", "Émile", "Tom", "Zoé", "Max"))
    Individual.objects.filter(person=None).update(declared=True)
    return home


def test_who_is_only_declared_is_marked_and_one_gesture_says_that_they_were_seen_and_by_whom(
    agent: Client, home: Household, group: Group, town: SmallTown
) -> None:
    assert text(agent.get(at(home))).count("déclaré, non vu") == 5
    mother = home.links.get(is_payer=True).individual.person
    assert mother is not None
    assert text(agent.get(f"/desk/people/{mother.pk}/")).count("déclaré, non vu") == 5
    lea = child_of(home, "Léa")
    page = text(agent.post(at(home, "vus/"), {"who": lea.public_id}, follow=True))
    assert "Vu au comptoir : Léa Gagné." in page and page.count("déclaré, non vu") == 4
    assert f"le mardi 8 décembre 2026 par {town.agent.display_name}" in page
    assert "Les 4 personnes vues au comptoir" in page
    page = text(agent.post(at(home, "vus/"), {"who": [one.public_id for one in children_of(home)]}, follow=True))
    assert "déclaré, non vu" not in page
    assert set(Individual.objects.filter(declared=True).values_list("seen_by", flat=True)) == {town.agent.pk}
    assert "C’était déjà noté." in text(agent.post(at(home, "vus/"), {"who": lea.public_id}, follow=True))


def test_who_is_not_of_the_household_is_not_marked(agent: Client, home: Household) -> None:
    stranger = make_home("Anne Roy", ("Zoé",), phone="+14185550999", email="anne@example.org")
    zoe = child_of(stranger, "Zoé")
    agent.post(at(home, "vus/"), {"who": zoe.public_id})
    zoe.refresh_from_db()
    assert zoe.seen_at is None


def test_an_agent_is_told_of_the_bound_keeps_what_was_chosen_and_goes_beyond_with_a_reason(
    agent: Client, home: Household, group: Group, settings: Settings
) -> None:
    settings.PARVIS_UNPAID_HOUSEHOLD = 2
    hold(agent, home, group, "Léa", "Émile")
    answer = hold(agent, home, group, "Tom")
    assert answer.status_code == 422 and "Ce ménage a 2 places impayées" in text(answer)  # type: ignore[attr-defined]
    assert "Écarter une règle, parce que" in text(answer)
    page = text(hold(agent, home, group, "Tom", override="Famille de cinq enfants"))
    assert "Règle mise de côté" in page and "Famille de cinq enfants" in page
    assert Registration.objects.count() == 3


def test_the_pages_of_the_season_and_of_the_group_show_the_unusual_share_and_who_is_only_declared(
    manager: Client, home: Household, group: Group
) -> None:
    season_page, group_page = f"/desk/loisirs/saison/{group.season.slug}/", f"/desk/loisirs/groupe/{group.slug}/"
    held(home, group, *children_of(home)[:3])
    for address in (season_page, group_page):
        assert "places impayées" not in text(manager.get(address))
    held(home, group, *children_of(home)[3:])
    for address in (season_page, group_page):
        page = text(manager.get(address))
        assert "Un même ménage garde beaucoup de places impayées" in page and "5 places impayées sur 12" in page
    assert text(manager.get(group_page)).count("déclaré, non vu") == 5


def test_the_pages_cost_the_same_for_one_share_and_for_several(
    manager: Client, agent: Client, home: Household, group: Group, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    addresses = (
        (manager, f"/desk/loisirs/saison/{group.season.slug}/"),
        (manager, f"/desk/loisirs/groupe/{group.slug}/"),
        (agent, at(home)),
    )

    def cost() -> list[int]:
        found = []
        for client, address in addresses:
            client.get(address)
            with django_assert_max_num_queries(90) as counted:
                client.get(address)
            found.append(len(counted))
        return found

    held(home, group, *children_of(home)[:4])
    one = cost()
    Group.objects.update(capacity=24)
    for rank in range(3):
        names = tuple(f"{name}{rank}" for name in "ABCDEFGHI")
        more = make_home(f"Anne Roy{rank}", names, phone=f"+1418555099{rank}", email=f"a{rank}@example.org")
        Individual.objects.filter(person=None).update(declared=True)
        hold_them(more, group)
    assert all(after <= before for after, before in zip(cost(), one, strict=True))


def hold_them(home: Household, group: Group) -> None:
    """A group of its own for each household, so that each one has a share of one."""
    other = make_group(group.season, f"groupe-{home.pk}", activity=group.activity, capacity=24)
    held(home, other, *children_of(home)[1:])
    held(home, group, children_of(home)[0])
