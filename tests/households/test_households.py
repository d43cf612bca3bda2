"""Households: who opens one, who is of it, who sees it, and how surely the town knows them."""

from collections.abc import Callable
from datetime import date

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import Actor
from parvis.apps.households import queries
from parvis.apps.households.models import Assurance, HouseholdLink, Individual
from parvis.apps.households.rules import age_on
from parvis.apps.households.services import changes
from parvis.apps.households.services.households import (
    add_adult,
    add_child,
    claim_household,
    invite_to_claim,
    link_child,
    make_household_at_counter,
    mark_seen,
    open_household,
)
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.people import find
from parvis.apps.residents.services.accounts import delete_account
from parvis.apps.residents.services.merging import merge
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories import SmallTown, make_person
from tests.households.makers import EMILE, LEA, make_account, make_family, make_household

pytestmark = pytest.mark.usefixtures("town")
CITIZEN = Actor.citizen()


@pytest.fixture(autouse=True)
def _november(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"


def names(household: object) -> list[str]:
    return [member.individual.name for member in queries.members_of(household)]  # type: ignore[arg-type]


def test_a_mother_opens_her_household_and_adds_her_children() -> None:
    account, household, lea, _emile = make_family()
    assert queries.household_of(account) == household and household.name == "Gagné"
    assert names(household) == ["Louise Gagné", "Léa Gagné", "Émile Gagné-Roy"]
    assert [member.age_on(date(2026, 11, 24)) for member in queries.members_of(household)] == [None, 8, 5]
    assert queries.payer_of(household).name == "Louise Gagné" and lea.person is None
    assert queries.recipients_of(household) == [queries.Recipient("louise@exemple.ca", "fr", "Louise Gagné")]


def test_opened_twice_it_is_refused_in_words() -> None:
    account, _household = make_household()
    with pytest.raises(Conflict, match="déjà"):
        open_household(account=account, name="Louise Gagné")


def test_her_household_is_in_the_file_that_the_desk_knows() -> None:
    """The desk's person and the portal's are one row, when the proved address and all the rest are the same."""
    person = make_person("Louise Gagné", email="louise@exemple.ca")
    account, household = make_household()
    assert queries.households_of_person(person) == [household]
    assert queries.individual_of(account) == person.individual


def test_a_name_alone_opens_no_file_of_the_desk() -> None:
    person = make_person("Louise Gagné", email="autre@exemple.ca")
    make_household()
    assert queries.households_of_person(person) == []


def test_no_account_under_fourteen() -> None:
    """Point 13 of privacy."""
    with pytest.raises(Invalid) as refused:
        open_household(account=make_account(), name="Zoé", born=date(2012, 11, 25))
    assert "parent" in str(refused.value.fields["born"])
    assert open_household(account=make_account("z@exemple.ca"), name="Zoé", born=date(2012, 11, 24))


def test_the_same_child_twice_is_refused_in_words() -> None:
    _account, household, _lea, _emile = make_family()
    with pytest.raises(Invalid) as refused:
        add_child(household=household, name="  LEA   gagne", born=LEA, by=CITIZEN)
    assert "déjà" in str(refused.value.fields["name"])
    twin = add_child(household=household, name="Mia Gagné", born=LEA, by=CITIZEN)
    assert twin.name == "Mia Gagné"


@pytest.mark.parametrize(("name", "born", "field"), [("", LEA, "name"), ("Léo", date(2027, 1, 1), "born")])
def test_what_is_wrong_of_a_child_is_said_by_field(name: str, born: date, field: str) -> None:
    _account, household = make_household()
    with pytest.raises(Invalid) as refused:
        add_child(household=household, name=name, born=born, by=CITIZEN)
    assert list(refused.value.fields) == [field]


def test_a_child_of_two_households_is_one_and_neither_sees_the_other(town: SmallTown) -> None:
    _account, household, _lea, emile = make_family()
    _martin, fathers = make_household("Martin Roy", "martin@exemple.ca")
    link = link_child(child=emile, household=fathers, by=town.agent)
    assert link_child(child=emile, household=fathers, by=town.agent) == link
    assert names(fathers) == ["Martin Roy", "Émile Gagné-Roy"] and "Martin Roy" not in names(household)
    assert [row.email for row in queries.recipients_of(fathers)] == ["martin@exemple.ca"]
    _third, other = make_household("Ana Diaz", "ana@exemple.ca")
    with pytest.raises(Conflict, match="deux familles"):
        link_child(child=emile, household=other, by=town.agent)
    with pytest.raises(NotAllowed):
        link_child(child=emile, household=other, by=town.technician)


def test_children_are_not_in_the_search_of_the_desk() -> None:
    make_family()
    assert find("Léa Gagné") == [] or all(person.name == "Louise Gagné" for person in find("Léa Gagné"))
    assert not Person.objects.filter(name__startswith="Léa").exists()


def test_a_removed_parent_sees_nothing_new(run_jobs: Callable[[], int]) -> None:
    """Point 14 of privacy."""
    _account, household, _lea, _emile = make_family()
    other = add_adult(household=household, name="Martin Roy", may_register=True, by=CITIZEN)
    claim = invite_to_claim(individual=other, email="martin@exemple.ca", by=CITIZEN)
    martin = make_account("martin@exemple.ca")
    claim_household(secret=claim.secret, account=martin)
    other.refresh_from_db()
    assert queries.household_of(martin) == household
    changes.remove_member(household=household, individual=other, by=CITIZEN)
    assert queries.household_of(martin) is None
    assert [row.email for row in queries.recipients_of(household)] == ["louise@exemple.ca"]
    run_jobs()
    assert "Martin Roy" in Outgoing.objects.get(key__startswith="household/removed").text
    changes.restore_member(household=household, public_id=other.public_id, by=CITIZEN)
    assert queries.household_of(martin) == household


def test_the_payer_is_not_removed_on_the_site() -> None:
    _account, household = make_household()
    with pytest.raises(Conflict, match="reçus"):
        changes.remove_member(household=household, individual=queries.payer_of(household), by=CITIZEN)


def test_the_counter_puts_the_receipts_in_the_name_of_another_adult_who_may_then_be_alone(town: SmallTown) -> None:
    _account, household, lea, _emile = make_family()
    louise = queries.payer_of(household)
    martin = add_adult(household=household, name="Martin Roy", may_register=True, by=CITIZEN)
    aunt = add_adult(household=household, name="Anne Roy", by=CITIZEN)
    for nobody in (lea, aunt):
        with pytest.raises(Conflict):
            changes.set_payer(household=household, individual=nobody, by=town.agent)
    with pytest.raises(NotAllowed):
        changes.set_payer(household=household, individual=martin, by=town.technician)
    changes.set_payer(household=household, individual=martin, by=town.agent)
    assert queries.payer_of(household) == martin
    changes.remove_member(household=household, individual=louise, by=CITIZEN)
    assert "Louise Gagné" not in names(household)


def test_made_at_the_counter_it_is_claimed_later_by_the_letter(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    person = make_person("Gilles Pelletier", phone="+14185550142")
    household = make_household_at_counter(person=person, by=town.agent, seen=True)
    assert make_household_at_counter(person=person, by=town.agent, seen=False) == household
    gilles = person.individual
    assert gilles.assurance == Assurance.SEEN and queries.recipients_of(household) == []
    claim = invite_to_claim(individual=gilles, email="Gilles@Exemple.ca", by=Actor.staff(town.agent))
    assert invite_to_claim(individual=gilles, email="gilles@exemple.ca", by=Actor.staff(town.agent)) == claim
    run_jobs()
    assert f"/mon-dossier/famille/rejoindre/{claim.secret}/" in Outgoing.objects.get(to="gilles@exemple.ca").text
    with pytest.raises(Conflict, match="autre adresse"):
        claim_household(secret=claim.secret, account=make_account("autre@exemple.ca"))
    account = make_account("gilles@exemple.ca")
    assert claim_household(secret=claim.secret, account=account) == household == queries.household_of(account)
    assert queries.households_of_person(person) == [household]
    person.refresh_from_db()
    assert person.email == "gilles@exemple.ca"
    with pytest.raises(NotFound):
        claim_household(secret=claim.secret, account=account)


def test_an_invitation_is_good_for_two_weeks(town: SmallTown, settings: Settings) -> None:
    household = make_household_at_counter(person=make_person("Gilles"), by=town.agent, seen=False)
    claim = invite_to_claim(
        individual=queries.payer_of(household), email="gilles@exemple.ca", by=Actor.staff(town.agent)
    )
    account = make_account("gilles@exemple.ca")
    assert queries.open_claims_of(account) == [claim]
    settings.PARVIS_NOW = "2026-12-09T10:00:00-05:00"
    assert queries.open_claims_of(account) == [] and queries.claim_by_secret(claim.secret) is None
    with pytest.raises(NotFound):
        claim_household(secret=claim.secret, account=account)


def test_only_an_adult_who_registers_is_invited() -> None:
    _account, _household, lea, _emile = make_family()
    with pytest.raises(Conflict, match="adulte"):
        invite_to_claim(individual=lea, email="lea@exemple.ca", by=CITIZEN)


def test_a_deleted_account_leaves_the_household_which_it_finds_again() -> None:
    account, household = make_household()
    delete_account(account=account)
    assert names(household) == ["Louise Gagné"] and queries.recipients_of(household)[0].email == "louise@exemple.ca"
    again = make_account("louise@exemple.ca")
    assert queries.household_of(again) is None
    assert open_household(account=again, name="Louise Gagné") == household
    assert Individual.objects.count() == 1


def test_someone_else_with_an_account_is_not_joined() -> None:
    make_household()
    other = make_account("autre@exemple.ca")
    other.emails.update(email="x@exemple.ca")
    account = make_account("louise2@exemple.ca")
    Person.objects.filter(name="Louise Gagné").update(email="louise2@exemple.ca")
    with pytest.raises(Conflict, match="Appelez-nous"):
        open_household(account=account, name="Louise Gagné")


def test_merged_files_keep_the_household(town: SmallTown) -> None:
    absorbed, kept = make_person("Gilles Pelletier"), make_person("Gilles Pelletier", email="gilles@exemple.ca")
    household = make_household_at_counter(person=absorbed, by=town.agent, seen=False)
    merge(kept_id=kept.pk, absorbed_id=absorbed.pk, chosen={}, why="même personne", by=town.agent)
    assert queries.households_of_person(kept) == [household]
    assert make_household_at_counter(person=kept, by=town.agent, seen=False) == household
    assert queries.recipients_of(household)[0].email == "gilles@exemple.ca"


def test_only_who_registers_others_changes_a_household(town: SmallTown) -> None:
    _account, household = make_household()
    for refused in (town.technician, town.editor, town.instructor, town.treasurer):
        with pytest.raises(NotAllowed):
            add_child(household=household, name="Zoé", born=EMILE, by=Actor.staff(refused))
        with pytest.raises(NotAllowed):
            mark_seen(individual=queries.payer_of(household), by=refused)
        with pytest.raises(NotAllowed):
            make_household_at_counter(person=make_person(), by=refused, seen=False)


@pytest.mark.parametrize(("day", "age"), [("2026-02-28", 5), ("2026-03-01", 6), ("2028-02-28", 7), ("2028-02-29", 8)])
def test_born_on_29_february(day: str, age: int) -> None:
    """Point 16."""
    assert age_on(date(2020, 2, 29), date.fromisoformat(day)) == age


def test_a_household_reads_in_as_many_queries_whatever_its_size(
    django_assert_num_queries: DjangoAssertNumQueries, settings: Settings
) -> None:
    settings.PARVIS_DECLARED_PEOPLE = 10
    account, household = make_household()
    for children in range(10):
        with django_assert_num_queries(5):
            queries.household_of(account)
            names(household)
            queries.recipients_of(household)
            queries.residence_of(household, date(2026, 11, 24))
        add_child(household=household, name=f"Enfant {children}", born=LEA, by=CITIZEN)
    assert HouseholdLink.objects.count() == 11
