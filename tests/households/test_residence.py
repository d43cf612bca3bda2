"""Where a household lives: what proves it, until when, and what is told before it ends."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from pytest_django import Settings

from parvis.apps.directory.models import Actor, ApiKey
from parvis.apps.households import queries
from parvis.apps.households.services import changes
from parvis.apps.households.services.households import make_for_program, record_proof
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.models import Person
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotAllowed
from tests.factories import SmallTown, unique
from tests.households.makers import LEA, make_household

pytestmark = pytest.mark.usefixtures("town")
TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _november(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    settings.PARVIS_DEMO = False


def make_key(town: SmallTown) -> ApiKey:
    key = unique()
    until: datetime = now() + timedelta(days=90)
    return ApiKey.objects.create(
        submission=key, name="rush", prefix=key[:12], created_at=now(), created_by=town.manager, expires_at=until
    )


def test_an_expired_proof_loses_priority_with_notice_before(
    town: SmallTown, settings: Settings, run_jobs: Callable[[], int]
) -> None:
    """Point 7."""
    _account, household = make_household()
    assert queries.residence_of(household, TODAY) == queries.Residence(False, None, False)
    record_proof(household=household, kind="lease", expires_on=date(2027, 1, 4), by=town.agent)
    assert queries.residence_of(household, TODAY) == queries.Residence(True, date(2027, 1, 4), False)
    assert changes.warn_of_ends() == 0
    settings.PARVIS_NOW = "2026-12-05T08:30:00-05:00"
    assert (changes.warn_of_ends(), changes.warn_of_ends()) == (1, 0), "once"
    run_jobs()
    letter = Outgoing.objects.get(key__startswith="household/residence")
    assert letter.to == "louise@exemple.ca" and "4 janvier 2027" in letter.text.replace("\xa0", " ")
    assert queries.residence_of(household, date(2027, 1, 3)).resident
    assert not queries.residence_of(household, date(2027, 1, 4)).resident


def test_nothing_is_told_of_a_proof_that_another_follows(town: SmallTown) -> None:
    _account, household = make_household()
    record_proof(household=household, kind="lease", expires_on=date(2026, 12, 10), by=town.agent)
    record_proof(household=household, kind="tax_bill", expires_on=date(2027, 12, 10), by=town.agent)
    assert changes.warn_of_ends() == 0
    assert queries.residence_of(household, TODAY).proved_until == date(2027, 12, 10)


def test_what_is_only_said_is_to_be_proved_save_in_a_demonstration(town: SmallTown, settings: Settings) -> None:
    _account, household = make_household(address=town.address)
    said = queries.residence_of(household, TODAY)
    assert (said.resident, said.claimed, said.to_prove) == (False, True, True)
    settings.PARVIS_DEMO = True
    assert queries.residence_of(household, TODAY).resident


def test_who_moves_proves_it_again(town: SmallTown) -> None:
    _account, household = make_household(address=town.address)
    record_proof(household=household, kind="lease", expires_on=date(2027, 7, 1), by=town.agent)
    changes.move_household(household=household, address=town.address, address_text="", by=Actor.citizen())
    assert queries.residence_of(household, TODAY).resident, "the same address"
    changes.move_household(household=household, address=None, address_text="8, rue X, Chambly", by=Actor.citizen())
    assert queries.residence_of(household, TODAY) == queries.Residence(False, None, False)


def test_a_proof_recorded_by_mistake_is_withdrawn(town: SmallTown) -> None:
    _account, household = make_household()
    proof = record_proof(household=household, kind="lease", expires_on=date(2027, 7, 1), by=town.agent)
    changes.withdraw_proof(proof=proof, by=town.agent)
    assert not queries.residence_of(household, TODAY).resident and queries.proofs_of(household) == []


@pytest.mark.parametrize(
    ("kind", "day", "field"),
    [("claim", date(2027, 1, 1), "kind"), ("lease", TODAY, "expires_on"), ("lease", date(2099, 1, 1), "expires_on")],
)
def test_what_proves_nothing_is_refused(town: SmallTown, kind: str, day: date, field: str) -> None:
    _account, household = make_household()
    with pytest.raises(Invalid) as refused:
        record_proof(household=household, kind=kind, expires_on=day, by=town.agent)
    assert list(refused.value.fields) == [field]
    with pytest.raises(NotAllowed):
        record_proof(household=household, kind="lease", expires_on=date(2027, 1, 1), by=town.technician)


def test_a_program_reaches_only_the_households_that_it_made(town: SmallTown, settings: Settings) -> None:
    key, other = make_key(town), make_key(town)
    household = make_for_program(api_key=key, people=[("Léa", LEA), ("Ana Diaz", date(1988, 5, 1))], resident=True)
    assert [row.individual.name for row in queries.members_of(household)] == ["Ana Diaz", "Léa"]
    assert queries.payer_of(household).name == "Ana Diaz" and household.name == "Diaz"
    assert queries.household_of_key(household.public_id, key) == household
    assert queries.household_of_key(household.public_id, other) is None
    assert not queries.residence_of(household, TODAY).resident
    settings.PARVIS_DEMO = True
    assert queries.residence_of(household, TODAY).resident
    assert not Person.objects.filter(name="Léa").exists()


def test_what_is_wrong_in_a_program_s_people_is_said_by_person(town: SmallTown) -> None:
    with pytest.raises(Invalid) as refused:
        make_for_program(api_key=make_key(town), people=[("", LEA), ("Ana", date(2030, 1, 1))], resident=False)
    assert list(refused.value.fields) == ["people.0.name", "people.1.born"]
