"""The list of an instructor: their groups, and nothing that they need not know; who may do what in leisure."""

import csv
import html
import io
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import AccessLogEntry, User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.households.models import HouseholdLink
from parvis.apps.leisure.queries.access import Deed, lists_of, may
from parvis.apps.leisure.services.aid import give_aid
from tests.desk.leisure.made import NOW, child_of, lead, make_activity, make_group, make_home, make_season, put
from tests.factories import SmallTown

SignIn = Callable[[User], Client]
MANAGES = {Role.LEISURE_MANAGER}
EXPECTED = {
    Deed.READ_LIST: MANAGES,  # of a group that somebody else leads
    Deed.READ_HEALTH: set(),  # who leads it, and nobody else
    Deed.READ_CONTACTS: MANAGES,
    Deed.MANAGE: MANAGES,
    Deed.REGISTER: {Role.AGENT, Role.LEISURE_MANAGER},
    Deed.GIVE_AID: MANAGES,
    Deed.RECORD_CUSTODY: MANAGES,
}


@pytest.fixture(autouse=True)
def _the_morning(settings: Settings) -> None:
    settings.PARVIS_NOW = NOW


def text(response: object) -> str:
    return html.unescape(response.content.decode()).replace("\u00a0", " ")  # type: ignore[attr-defined]


@pytest.mark.parametrize("deed", Deed)
def test_each_deed_is_of_these_roles_only(deed: Deed, town: SmallTown) -> None:
    group = make_group(make_season())
    assert {role for role, user in town.staff.items() if may(user, deed, group)} == EXPECTED[deed]


def test_an_instructor_reads_the_list_of_a_group_that_they_lead_and_of_no_other(town: SmallTown) -> None:
    """Point 23, and the access of object by object."""
    season = make_season()
    mine, other = lead(make_group(season), town.instructor), make_group(season, "yoga-lundi")
    assert may(town.instructor, Deed.READ_LIST, mine) and not may(town.instructor, Deed.READ_LIST, other)
    assert not may(town.instructor, Deed.READ_LIST)
    assert list(lists_of(town.instructor)) == [mine] and set(lists_of(town.leisure_manager)) == {mine, other}
    assert list(lists_of(town.agent)) == []
    lead(mine, town.agent)  # leading is not enough: the role must read groups
    assert not may(town.agent, Deed.READ_LIST, mine)


def test_the_pages_of_an_instructor_show_nothing_of_another_group_nor_of_money(
    town: SmallTown, signed_in: SignIn
) -> None:
    """Points 20 and 23: planted secrets are nowhere in what an instructor may open."""
    season = make_season()
    mine = lead(make_group(season), town.instructor)
    other = make_group(season, "yoga", activity=make_activity("Yoga secret"), price_cents=98_765)
    home, neighbours = make_home(), make_home("Berthe Cachée", ("Zoé",), phone="+14185559876", email="cachee@x.example")
    put(mine, home, child_of(home, "Léa"), price_cents=77_777)
    put(mine, home, child_of(home, "Émile"), "waiting", waiting_since=None)
    put(other, neighbours, child_of(neighbours, "Zoé"))
    give_aid(
        household=home, season=season, percent=43, most_cents=654_32, ends_on=season.ends_on,
        reason="Revenu planté", by=town.leisure_manager,
    )  # fmt: skip
    client = signed_in(town.instructor)
    page = text(client.get(f"/desk/loisirs/groupe/{mine.slug}/liste/"))
    assert "Léa Gagné" in page and "8 ans" in page and "Louise Gagné" in page
    pages = page + text(client.get("/desk/loisirs/listes/"))
    secrets = (
        "Zoé",
        "Cachée",
        "Yoga secret",
        "555-9876",
        "555-0123",
        "louise@",
        "rue du Quai",
        "987,65",
        "777,77",
        "43 %",
        "654,32",
        "Revenu planté",
        "Aide financière",
        "120 $",
    )
    for secret in (*secrets, "Émile"):
        assert secret not in pages, secret
    for address in (
        f"/desk/loisirs/groupe/{other.slug}/liste/",
        f"/desk/loisirs/groupe/{mine.slug}/",
        f"/desk/loisirs/groupe/{mine.slug}/liste.csv",
        f"/desk/loisirs/groupe/{mine.slug}/annuler/",
        f"/desk/loisirs/menage/{home.public_id}/",
        f"/desk/loisirs/menage/{home.public_id}/aide/",
        "/desk/loisirs/",
    ):
        answer = client.get(address)
        assert answer.status_code in (403, 404), address
        assert "Léa" not in text(answer) and "Zoé" not in text(answer), address


def test_who_may_come_for_a_child_of_two_households_are_those_of_both(town: SmallTown, signed_in: SignIn) -> None:
    group = lead(make_group(make_season()), town.instructor)
    mother, father = make_home(), make_home("Martin Roy", (), phone="+14185550124", email="martin@example.org")
    lea = child_of(mother, "Léa")
    HouseholdLink.objects.create(household=father, individual=lea, role="child", created_at=father.created_at)
    put(group, mother, lea)
    page = text(signed_in(town.instructor).get(f"/desk/loisirs/groupe/{group.slug}/liste/"))
    assert "Louise Gagné, Martin Roy" in page
    HouseholdLink.objects.filter(household=father, role="adult").update(may_pick_up=False)
    assert "Martin Roy" not in text(signed_in(town.instructor).get(f"/desk/loisirs/groupe/{group.slug}/liste/"))


def test_each_reading_of_a_list_is_kept_and_shown_to_the_privacy_officer(town: SmallTown, signed_in: SignIn) -> None:
    group = lead(make_group(make_season()), town.instructor)
    for _twice in range(2):
        signed_in(town.instructor).get(f"/desk/loisirs/groupe/{group.slug}/liste/")
    assert AccessLogEntry.objects.filter(subject="group", subject_id=group.pk).count() == 1
    assert "liste d’un groupe, Natation 1" in text(signed_in(town.privacy_officer).get("/desk/access-log/"))


def test_the_list_costs_the_same_for_one_and_for_many(
    town: SmallTown, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    group = lead(make_group(make_season()), town.instructor)
    for rank in range(6):
        home = make_home(f"Anne Nom{rank}", phone=f"+1418555020{rank}", email=f"a{rank}@example.org")
        put(group, home, child_of(home, "Léa"))
    client = signed_in(town.instructor)
    client.get("/desk/loisirs/listes/")
    with django_assert_max_num_queries(21):
        client.get(f"/desk/loisirs/groupe/{group.slug}/liste/")


def test_the_spreadsheet_of_the_manager_disarms_formulas(town: SmallTown, signed_in: SignIn) -> None:
    group, home = make_group(make_season()), make_home("Louise Gagné", ("=HYPERLINK(1) Léa",))
    put(group, home, child_of(home, "="))
    address = f"/desk/loisirs/groupe/{group.slug}/liste.csv"
    client = signed_in(town.leisure_manager)
    answer = client.get(address)
    if answer.status_code == 302:  # the password is asked again
        client.post(answer["Location"], {"password": "le mot de passe"})
        answer = client.get(address)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[1][0].startswith("'=") and rows[1][1] == "8" and rows[1][5] == "418\u00a0555-0123"
    assert rows[1][4] == "Louise Gagné" and rows[1][6] == "louise@example.org"
