"""What stays of a household when an account is closed, and when two files that each have one are merged."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from parvis.apps.billing.models import TaxNature
from parvis.apps.billing.services.invoices import NewLine, issue
from parvis.apps.directory.models import Actor
from parvis.apps.households.models import Claim, HouseholdLink, Individual
from parvis.apps.households.queries import household_of, households_of_person, members_of, recipients_of
from parvis.apps.households.services.households import (
    add_adult,
    claim_household,
    make_household_at_counter,
    open_household,
)
from parvis.apps.leisure.models import Registration
from parvis.apps.residents.models import Account
from parvis.apps.residents.services.merging import merge, unmerge
from parvis.lib.clock import now
from tests.factories import SmallTown, make_person, unique
from tests.households.makers import make_account, make_family, make_household
from tests.leisure.making import make_activity, make_group, make_season
from tests.public.test_own_data import enter

ACCOUNT, CLOSE = "/mes-demandes/compte/", "/mes-demandes/compte/fermer/"


@pytest.fixture(autouse=True)
def _november(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    cache.clear()


def test_before_an_account_is_closed_what_goes_on_and_what_is_owed_is_said(client: Client) -> None:
    _account, household, lea, _emile = make_family()
    group = make_group(make_season(), make_activity(title_fr="Natation 3"))
    Registration.objects.create(
        group=group, individual=lea, household=household, state="waiting", channel="web", assurance=1, resident=True,
        price_cents=1, waiting_since=now(), made_at=now(),
    )  # fmt: skip
    line = NewLine("registration:1", lea, "Natation", "Swimming", 120_00, 0, TaxNature.EXEMPT, False)
    payer = members_of(household)[0].individual
    issue(key=unique(), household=household, payer=payer, language="fr", lines=[line], by=None)
    enter(client, "louise@exemple.ca")
    page = client.get(ACCOUNT).content.decode().replace("\xa0", " ")
    for words in ("Léa Gagné, Natation 3", "120,00 $", "Personne d’autre", "la loi"):
        assert words in page


def test_a_household_stays_for_its_other_adults_when_an_account_is_closed(client: Client) -> None:
    account, household, lea, _emile = make_family()
    add_adult(household=household, name="Paul Roy", may_register=True, email="paul@exemple.ca", by=Actor.citizen())
    paul = make_account("paul@exemple.ca")
    claim_household(secret=Claim.objects.latest("pk").secret, account=paul)
    enter(client, "louise@exemple.ca")
    assert "Paul Roy" in client.get(ACCOUNT).content.decode()
    client.post(CLOSE)
    assert not Account.objects.filter(pk=account.pk).exists()
    assert household_of(paul) == household
    assert {row.individual.name for row in members_of(household)} >= {"Louise Gagné", "Paul Roy", lea.name}


def test_nothing_is_orphaned_when_the_only_one_who_registers_closes_their_account(client: Client) -> None:
    _account, household, _lea, _emile = make_family()
    enter(client, "louise@exemple.ca")
    client.post(CLOSE)
    person = Individual.objects.get(name="Louise Gagné").person
    assert person is not None and households_of_person(person) == [household], "the desk finds it"
    assert [row.email for row in recipients_of(household)] == ["louise@exemple.ca"], "our letters still find them"
    enter(client, "louise@exemple.ca")
    again = open_household(account=Account.objects.get(), name="Louise Gagné")
    assert again == household, "the same facts open it again"


def test_two_files_of_one_person_who_has_two_households_are_merged_and_separated(town: SmallTown) -> None:
    account, home = make_household("Louise Gagné", "louise@exemple.ca")
    other_account, other = make_household("Louise G.", "l.gagne@exemple.ca")
    kept, absorbed = (Individual.objects.get(account=each).person for each in (account, other_account))
    assert kept is not None and absorbed is not None
    merger = merge(kept_id=kept.pk, absorbed_id=absorbed.pk, chosen={}, why="vue au comptoir", by=town.agent)
    absorbed.refresh_from_db()
    assert households_of_person(kept) == [home, other] == households_of_person(absorbed)
    assert household_of(account) == home and household_of(other_account) == other, "each account keeps its own"
    unmerge(merger_id=merger.pk, by=town.agent)
    kept.refresh_from_db()
    absorbed.refresh_from_db()
    assert households_of_person(kept) == [home] and households_of_person(absorbed) == [other]


def test_of_two_files_merged_the_counter_finds_the_household_that_still_stands(town: SmallTown) -> None:
    former, current = make_person("Louise Gagné"), make_person("Louise Gagné")
    gone = make_household_at_counter(person=former, by=town.agent, seen=False)
    stands = make_household_at_counter(person=current, by=town.agent, seen=False)
    HouseholdLink.objects.filter(household=gone).update(ended_at=now())
    merge(kept_id=former.pk, absorbed_id=current.pk, chosen={}, why="même personne", by=town.agent)
    assert make_household_at_counter(person=former, by=town.agent, seen=False) == stands
