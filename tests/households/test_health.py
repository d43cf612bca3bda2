"""Health forms: signed for a year, replaced, of one household; consents by purpose; what destroying leaves."""

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import Actor
from parvis.apps.households import queries
from parvis.apps.households.models import Consent, ConsentPurpose, HealthForm, Household, Individual
from parvis.apps.households.queries import health_form_of, health_state, health_states, members_of
from parvis.apps.households.services.health import (
    HealthAnswers,
    answer_consents,
    destroy_health_forms,
    sign_health_form,
)
from parvis.apps.households.services.households import add_adult, link_child
from parvis.lib.errors import Invalid, NotAllowed, NotFound
from tests.factories import SmallTown
from tests.households.makers import make_family, make_household

pytestmark = [pytest.mark.usefixtures("town"), pytest.mark.both_databases]
ME = Actor.citizen()
SAID = HealthAnswers(allergies="Arachides", what_to_do="EpiPen", contact_name="Paul Roy", contact_phone="450 555-0147")


@pytest.fixture(autouse=True)
def _december(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-12-08T09:00:00-05:00"


def adult_of(household: Household) -> Individual:
    return members_of(household)[0].individual


def sign(household: Household, individual: Individual, answers: HealthAnswers = SAID) -> HealthForm:
    return sign_health_form(
        household=household, individual=individual, answers=answers, said_by=adult_of(household), by=ME
    )


def say(household: Household, individual: Individual, **answers: bool) -> list[Consent]:
    return answer_consents(
        household=household, individual=individual, answers=answers, said_by=adult_of(household), by=ME
    )


def in_force(individual: Individual) -> set[ConsentPurpose]:
    return queries.consents_in_force([individual.pk])[individual.pk]


def test_a_form_is_good_for_a_year_and_no_longer(settings: Settings) -> None:
    """Point 22."""
    _account, home, lea, _emile = make_family()
    assert health_state(lea, home).until is None and not health_state(lea, home).good
    sign(home, lea)
    settings.PARVIS_NOW = "2027-12-08T23:59:00-05:00"
    assert health_state(lea, home).good
    settings.PARVIS_NOW = "2027-12-09T00:00:00-05:00"
    state = health_state(lea, home)
    assert state.old and not state.good and state.until


def test_a_new_form_replaces_the_one_before_which_stays_until_it_is_destroyed() -> None:
    _account, home, lea, _emile = make_family()
    first = sign(home, lea)
    second = sign(home, lea, HealthAnswers(nothing_to_report=True, contact_name="Paul", contact_phone="4505550147"))
    first.refresh_from_db()
    assert health_form_of(lea, home) == second and first.replaced_at and first.allergies == "Arachides"
    assert second.contact_phone == "+14505550147" and second.signed_by == adult_of(home) and second.taken_by is None
    assert destroy_health_forms(form_ids=[first.pk, second.pk]) == 2
    assert destroy_health_forms(form_ids=[first.pk]) == 0
    for row in HealthForm.objects.all():
        assert row.destroyed_at and not any(getattr(row, name) for name in HealthForm.WORDS)
    assert health_form_of(lea, home) is None and health_state(lea, home).until is None


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        (HealthAnswers(contact_name="Paul", contact_phone="450 555-0147"), "nothing_to_report"),
        (HealthAnswers(nothing_to_report=True, allergies="Lait"), "nothing_to_report"),
        (HealthAnswers(allergies="x" * 301), "allergies"),
        (HealthAnswers(nothing_to_report=True, contact_phone="450 555-0147"), "contact_name"),
        (HealthAnswers(nothing_to_report=True, contact_name="Paul", contact_phone="123"), "contact_phone"),
    ],
)
def test_what_is_missing_or_too_long_is_said_by_field(answers: HealthAnswers, field: str) -> None:
    _account, home, lea, _emile = make_family()
    with pytest.raises(Invalid) as refused:
        sign(home, lea, answers)
    assert field in refused.value.fields and not HealthForm.objects.exists()


def test_of_a_child_of_two_households_each_reads_its_own_form(town: SmallTown) -> None:
    _account, mother, lea, _emile = make_family()
    _other, father = make_household("Martin Roy", "martin@exemple.ca")
    link_child(child=lea, household=father, by=town.agent)
    sign(mother, lea)
    assert health_form_of(lea, father) is None and health_state(lea, father).until is None


def test_an_adult_with_an_account_signs_their_own_and_nobody_signs_for_strangers(town: SmallTown) -> None:
    _account, home, lea, _emile = make_family()
    other, theirs = make_household("Martin Roy", "martin@exemple.ca")
    spouse = add_adult(household=home, name="Paul Gagné", by=ME)
    sign(home, spouse)
    spouse.account = None
    Individual.objects.filter(pk=adult_of(theirs).pk).update(account=None)
    Individual.objects.filter(pk=spouse.pk).update(account=other)
    with pytest.raises(NotAllowed):
        sign(home, spouse)
    with pytest.raises(NotFound):
        sign(theirs, lea)
    with pytest.raises(NotAllowed):
        sign_health_form(
            household=home, individual=lea, answers=SAID, said_by=adult_of(home), by=Actor.staff(town.technician)
        )


def test_many_forms_cost_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    _account, home, lea, emile = make_family()
    with django_assert_num_queries(1):
        health_states([(lea.pk, home.pk), (emile.pk, home.pk)])


def test_each_purpose_is_apart_and_a_withdrawal_is_in_force_at_once() -> None:
    """Point 12 of privacy."""
    _account, home, lea, _emile = make_family()
    child = next(one for one in members_of(home) if one.individual == lea)
    assert {asked.given for asked in queries.consents_asked(home, child)} == {None}
    say(home, lea, photographs=True, first_aid=True)
    assert in_force(lea) == {ConsentPurpose.PHOTOGRAPHS, ConsentPurpose.FIRST_AID}
    assert len(say(home, lea, photographs=False, first_aid=True)) == 1
    assert in_force(lea) == {ConsentPurpose.FIRST_AID}
    rows = Consent.objects.filter(purpose="photographs")
    assert [(row.given, row.version, row.said_by) for row in rows] == [
        (True, 1, adult_of(home)),
        (False, 1, adult_of(home)),
    ]


def test_new_words_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    _account, home, lea, _emile = make_family()
    say(home, lea, photographs=True, first_aid=True)
    monkeypatch.setitem(queries.CONSENT_TEXTS, ConsentPurpose.PHOTOGRAPHS, ["Avant", "Maintenant"])
    child = next(one for one in members_of(home) if one.individual == lea)
    asked = queries.consents_asked(home, child)[0]
    assert (asked.text, asked.version, asked.given) == ("Maintenant", 2, None)
    assert in_force(lea) == {ConsentPurpose.FIRST_AID}
    say(home, lea, photographs=True)
    assert ConsentPurpose.PHOTOGRAPHS in in_force(lea)


def test_of_two_households_one_no_is_enough(town: SmallTown) -> None:
    _account, mother, lea, _emile = make_family()
    _other, father = make_household("Martin Roy", "martin@exemple.ca")
    link_child(child=lea, household=father, by=town.agent)
    say(mother, lea, leaves_alone=True)
    assert in_force(lea) == {ConsentPurpose.LEAVES_ALONE}
    say(father, lea, leaves_alone=False)
    assert in_force(lea) == set()


def test_only_a_child_is_asked_whether_it_leaves_alone() -> None:
    _account, home, _lea, _emile = make_family()
    adult = members_of(home)[0]
    asked = [one.purpose for one in queries.consents_asked(home, adult)]
    assert asked == [ConsentPurpose.PHOTOGRAPHS, ConsentPurpose.FIRST_AID]
