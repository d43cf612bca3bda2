"""Those of last season: the manager sees how many, who cannot stay and why, then offers the places."""

import html
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import User
from parvis.apps.leisure.models import Group, Registration
from tests.desk.leisure.made import child_of, make_activity, make_group, make_home, make_season, put
from tests.factories import SmallTown

SignIn = Callable[[User], Client]
SEASON = "/desk/loisirs/saison/hiver-2027/"


@pytest.fixture(autouse=True)
def _before_the_openings(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-12-01T09:00:00-05:00"


@pytest.fixture
def manager(town: SmallTown, signed_in: SignIn) -> Client:
    return signed_in(town.leisure_manager)


@pytest.fixture
def group(town: SmallTown) -> Group:
    """A group of the winter after one of the autumn, in which a family had two children; one is too old now."""
    autumn = make_season("automne-2026", starts_on=date(2026, 9, 14), ends_on=date(2026, 12, 6))
    activity, home = make_activity(max_age=7), make_home()
    before = make_group(autumn, "natation-automne", activity=activity)
    for child in ("Léa", "Émile"):
        put(before, home, child_of(home, child))
    return make_group(make_season(), activity=activity, previous=before)


def text(response: object) -> str:
    return html.unescape(response.content.decode()).replace("\u00a0", " ")  # type: ignore[attr-defined]


def test_the_page_counts_first_then_offers_then_has_nothing_more_to_do(manager: Client, group: Group) -> None:
    assert f"{SEASON}garder/" in text(manager.get(SEASON))
    for address in (f"{SEASON}garder/", f"/desk/loisirs/groupe/{group.slug}/garder/"):
        page = text(manager.get(address))
        assert "1 personne" in page and "1 ménage" in page and "Léa Gagné" in page and "8 ans" in page, address
    assert not Registration.objects.filter(group=group).exists()
    wrong = manager.post(f"{SEASON}garder/", {"until": "2026-12-08"})
    assert wrong.status_code == 422 and "veille de l’ouverture" in text(wrong) and "2026-12-08" in text(wrong)
    page = text(manager.post(f"{SEASON}garder/", {"until": "2026-12-06"}, follow=True))
    assert "1 personne se fait offrir une place." in page and "Il ne reste personne" in page
    row = Registration.objects.get(group=group)
    assert (row.individual.name, row.state, row.channel) == ("Émile Gagné", "offered", "kept")
    home = text(manager.get(f"/desk/loisirs/menage/{row.household.public_id}/"))
    assert "Gardée de la saison passée" in home and "Accepter pour" in home


def test_it_is_not_shown_once_the_season_is_open_nor_to_agents(
    manager: Client, group: Group, settings: Settings, town: SmallTown, signed_in: SignIn
) -> None:
    assert signed_in(town.agent).get(f"{SEASON}garder/").status_code == 403
    settings.PARVIS_NOW = "2026-12-08T08:00:00-05:00"
    assert "garder/" not in text(manager.get(SEASON))
    assert manager.post(f"{SEASON}garder/", {"until": "2026-12-09"}).status_code == 409
    assert "avant son ouverture" in text(manager.get(f"{SEASON}garder/"))


def test_the_page_costs_the_same_for_many(
    manager: Client, group: Group, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for rank in range(6):
        before = make_group(group.previous.season, f"avant-{rank}", activity=group.activity)  # type: ignore[union-attr]
        home = make_home(f"Anne Nom{rank}", phone=f"+1418555020{rank}", email=f"a{rank}@example.org")
        put(before, home, child_of(home, "Léa"))
        make_group(group.season, f"apres-{rank}", activity=group.activity, previous=before)
    manager.get(f"{SEASON}garder/")
    with django_assert_max_num_queries(20):
        manager.get(f"{SEASON}garder/")
