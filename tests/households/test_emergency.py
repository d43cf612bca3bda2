"""Whom to call in an emergency: of the household, filled in for the next child, never of another household."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import Actor
from parvis.apps.households.models import EmergencyContact, HealthForm, Household, Individual
from parvis.apps.households.queries import calls_for, emergency_contacts_of, health_form_of, members_of
from parvis.apps.households.rules import Call
from parvis.apps.households.services.emergency import set_emergency_contacts
from parvis.apps.households.services.health import HealthAnswers, sign_health_form
from parvis.apps.households.services.households import link_child
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotAllowed, NotFound
from tests.factories import SmallTown
from tests.households.makers import make_family, make_household

pytestmark = [pytest.mark.usefixtures("town"), pytest.mark.both_databases]
ME = Actor.citizen()
PAUL, ANA = Call("Paul Roy", "+14505550147"), Call("Ana Diaz", "+15145550123")


@pytest.fixture(autouse=True)
def _december(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-12-08T09:00:00-05:00"


def adult_of(home: Household) -> Individual:
    return members_of(home)[0].individual


def sign(home: Household, one: Individual, call: tuple[str, str], by: Actor = ME) -> HealthForm:
    answers = HealthAnswers(nothing_to_report=True, contact_name=call[0], contact_phone=call[1])
    return sign_health_form(household=home, individual=one, answers=answers, said_by=adult_of(home), by=by)


def say(home: Household, *calls: tuple[str, str], said_by: Individual | None = None, by: Actor = ME) -> list[Call]:
    return set_emergency_contacts(household=home, contacts=calls, said_by=said_by or adult_of(home), by=by)


def of(home: Household) -> list[Call]:
    return emergency_contacts_of([home.pk])[home.pk]


def offered(home: Household, one: Individual) -> Call | None:
    """What the next form of someone has written already."""
    return next(iter(calls_for(one, health_form_of(one, home), of(home))), None)


def test_the_contact_signed_for_one_child_is_there_for_the_second() -> None:
    _account, home, lea, emile = make_family()
    assert offered(home, emile) is None
    sign(home, lea, PAUL)
    assert of(home) == [PAUL] and offered(home, emile) == PAUL


def test_changed_with_one_child_it_is_changed_for_all_and_what_was_signed_stays() -> None:
    _account, home, lea, emile = make_family()
    sign(home, lea, PAUL)
    sign(home, emile, ("Roy Paul", "438 555-0100"))
    assert of(home) == [Call("Roy Paul", "+14385550100")] == [offered(home, lea)]
    form = health_form_of(lea, home)
    assert form and (form.contact_name, form.contact_phone) == PAUL
    sign(home, lea, ANA)
    assert of(home) == [ANA] and offered(home, emile) == ANA, "someone else takes the place of the one shown"
    said = EmergencyContact.objects.order_by("pk").values_list("name", "said_by", "replaced_at")
    assert [(name, by, when is None) for name, by, when in said] == [
        ("Paul Roy", adult_of(home).pk, False),
        ("Roy Paul", adult_of(home).pk, False),
        ("Ana Diaz", adult_of(home).pk, True),
    ]


def test_of_a_child_of_two_households_neither_has_the_contacts_of_the_other(town: SmallTown) -> None:
    _account, mother, lea, _emile = make_family()
    _other, father = make_household("Martin Roy", "martin@exemple.ca")
    link_child(child=lea, household=father, by=town.agent)
    sign(mother, lea, PAUL)
    assert of(father) == [] and offered(father, lea) is None
    sign(father, lea, ANA)
    assert (of(mother), of(father)) == ([PAUL], [ANA]) and offered(mother, lea) == PAUL


def test_an_adult_with_an_account_has_their_own_which_is_not_that_of_the_household() -> None:
    _account, home, lea, _emile = make_family()
    mother = adult_of(home)
    sign(home, lea, (mother.name, "450 555-0111"))
    assert offered(home, mother) is None, "nobody is called for themselves"
    sign(home, mother, ANA)
    assert offered(home, mother) == ANA
    assert of(home) == [Call(mother.name, "+14505550111")] == [offered(home, lea)]


def test_several_are_said_in_order_and_what_does_not_change_keeps_its_row() -> None:
    _account, home, lea, emile = make_family()
    sign(home, lea, PAUL)
    (first,) = EmergencyContact.objects.all()
    assert say(home, ANA, ("", " "), PAUL) == [ANA, PAUL] == of(home)
    first.refresh_from_db()
    assert (first.position, first.replaced_at) == (1, None)
    assert offered(home, emile) == ANA and offered(home, lea) == PAUL, "the one signed for her comes first"
    say(home, ANA)
    assert of(home) == [ANA] and offered(home, lea) == ANA


@pytest.mark.parametrize(
    ("calls", "field"),
    [
        ([], "name_0"),
        ([("Paul", "12")], "phone_0"),
        ([("", "450 555-0147")], "name_0"),
        ([PAUL, ("Ana", "")], "phone_1"),
        ([PAUL, ("Paul", "4505550147")], "phone_1"),
        ([(f"Un {n}", f"450 555-010{n}") for n in range(4)], "name_3"),
    ],
)
def test_what_is_missing_is_said_by_field(calls: list[tuple[str, str]], field: str) -> None:
    _account, home, _lea, _emile = make_family()
    with pytest.raises(Invalid) as refused:
        say(home, *calls)
    assert field in refused.value.fields and of(home) == []


def test_only_an_adult_of_the_household_says_it(town: SmallTown) -> None:
    _account, home, lea, _emile = make_family()
    _other, father = make_household("Martin Roy", "martin@exemple.ca")
    with pytest.raises(NotFound):
        say(home, PAUL, said_by=adult_of(father))
    with pytest.raises(NotAllowed):
        say(home, PAUL, said_by=lea)
    with pytest.raises(NotAllowed):
        say(home, PAUL, by=Actor.staff(town.technician))


def test_an_agent_leaves_it_empty_when_the_household_has_one_and_nobody_else_does(town: SmallTown) -> None:
    _account, home, lea, emile = make_family()
    with pytest.raises(Invalid):
        sign(home, lea, ("", ""), Actor.staff(town.agent))
    sign(home, lea, PAUL)
    form = sign(home, emile, ("", ""), Actor.staff(town.agent))
    assert (form.contact_name, form.contact_phone) == PAUL and of(home) == [PAUL]
    with pytest.raises(Invalid):
        sign(home, emile, ("", ""))


def test_those_of_many_households_cost_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    homes = [make_household(email=f"m{n}@exemple.ca", name=f"Mère {n}")[1] for n in range(3)]
    for home in homes:
        say(home, PAUL)
    with django_assert_num_queries(1):
        assert emergency_contacts_of(home.pk for home in homes) == {home.pk: [PAUL] for home in homes}


def test_an_upgrade_brings_over_what_is_signed_in_the_forms_that_hold(town: SmallTown) -> None:
    _account, home, lea, emile = make_family()
    _other, father = make_household("Martin Roy", "martin@exemple.ca")
    link_child(child=lea, household=father, by=town.agent)

    def form(household: Household, one: Individual, call: Call, day: int, **more: Any) -> None:
        at = now().replace(day=day)
        HealthForm.objects.create(
            household=household, individual=one, version=1, signed_at=at, signed_by=adult_of(household),
            contact_name=call.name, contact_phone=call.phone, **more,
        )  # fmt: skip

    form(home, lea, Call("Ancien", "+14505550001"), 1, replaced_at=now())
    form(home, lea, PAUL, 2)
    form(home, emile, ANA, 3)
    form(home, adult_of(home), Call("À elle", "+14505550002"), 4)
    form(father, lea, Call("PAUL ROY", "+14505550147"), 5)
    import_module("parvis.apps.households.migrations.0003_bring_emergency_contacts").bring(apps, None)
    assert of(home) == [ANA, PAUL], "the latest first; neither the former one, nor that of who has an account"
    assert of(father) == [Call("PAUL ROY", "+14505550147")]
    row = EmergencyContact.objects.get(household=home, name="Ana Diaz")
    assert (row.said_at.day, row.said_by) == (3, adult_of(home))
    assert offered(home, lea) == PAUL and offered(home, emile) == ANA
