"""The household in someone's file at the desk: made at the counter, seen, proved, joined, a child in a second one."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.directory.models import User
from parvis.apps.households import queries
from parvis.apps.households.models import Assurance, Claim, Household
from parvis.apps.residents.models import Person
from tests.factories import SmallTown, make_person

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _november(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"


@pytest.fixture
def gilles(town: SmallTown) -> Person:
    return make_person("Gilles Pelletier", address=town.address)


def act(client: Client, person: Person, what: str, /, **values: object) -> int:
    household = queries.households_of_person(person)[0]
    data = {f"{what}-{key}": value for key, value in values.items()}
    return client.post(f"/desk/people/{person.pk}/household/{household.public_id}/{what}/", data).status_code


def page(client: Client, person: Person) -> str:
    return client.get(f"/desk/people/{person.pk}/").content.decode()


def test_a_senior_without_an_account_gets_a_household_at_the_counter(
    town: SmallTown, gilles: Person, signed_in: SignIn
) -> None:
    agent = signed_in(town.agent)
    assert agent.post(f"/desk/people/{gilles.pk}/household/", {"seen": "1"}).status_code == 302
    household = Household.objects.get()
    assert household.address == town.address and gilles.individual.assurance == Assurance.SEEN
    assert f"/{household.public_id}/" in page(agent, gilles)
    assert act(agent, gilles, "proof", kind="lease", expires_on="2027-07-01") == 302
    assert "1er juillet 2027" in page(agent, gilles).replace("\xa0", " ")
    assert act(agent, gilles, "proof", kind="lease", expires_on="2020-07-01") == 422
    assert act(agent, gilles, "withdraw", proof=queries.proofs_of(household)[0].pk) == 302
    assert queries.proofs_of(household) == []
    assert act(agent, gilles, "invite", email="gilles@exemple.ca") == 302
    assert Claim.objects.get().made_by == town.agent


def test_the_counter_links_a_child_to_a_second_household(town: SmallTown, gilles: Person, signed_in: SignIn) -> None:
    agent, ana = signed_in(town.agent), make_person("Ana Diaz")
    for person in (gilles, ana):
        agent.post(f"/desk/people/{person.pk}/household/")
    assert act(agent, gilles, "child", name="Zoé Pelletier", born="2019-02-03") == 302
    assert act(agent, gilles, "child", name="Zoé Pelletier", born="2019-02-03") == 422
    child = queries.members_of(queries.households_of_person(gilles)[0])[1].individual
    assert act(agent, gilles, "second", child=child.pk, other="") == 422
    assert act(agent, gilles, "second", child=child.pk, other=ana.pk) == 302
    assert "Zoé Pelletier" in page(agent, ana)


def test_only_who_registers_others_sees_and_changes_it(town: SmallTown, gilles: Person, signed_in: SignIn) -> None:
    signed_in(town.agent).post(f"/desk/people/{gilles.pk}/household/")
    officer = signed_in(town.privacy_officer)
    assert 'id="household"' not in page(officer, gilles)
    assert officer.post(f"/desk/people/{gilles.pk}/household/").status_code == 403
    assert act(officer, gilles, "seen") == 403
    assert gilles.individual.assurance == Assurance.PROVED_ADDRESS


def test_the_household_of_another_is_not_reached_through_a_file(
    town: SmallTown, gilles: Person, signed_in: SignIn
) -> None:
    agent, ana = signed_in(town.agent), make_person("Ana Diaz")
    agent.post(f"/desk/people/{gilles.pk}/household/")
    theirs = Household.objects.get().public_id
    assert agent.post(f"/desk/people/{ana.pk}/household/{theirs}/seen/").status_code == 404
