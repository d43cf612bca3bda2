"""The households of someone, in their file at the desk: each act of the counter, by its form."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from parvis.apps.directory.models import Actor, User
from parvis.apps.households import queries
from parvis.apps.households.models import Claim, Household, Individual
from parvis.apps.households.services.households import add_adult
from parvis.apps.residents.models import Person
from parvis.surfaces.desk.people.household_views import ACTS
from tests.factories import SmallTown, make_person

pytestmark = pytest.mark.django_db
NOW = "2026-12-02T10:00:00-05:00"
HIDDEN = ("child", "kind", "other")  # chosen, not typed


class Counter:
    """An agent before the file of Louise Gagné, whose household was made at the counter."""

    def __init__(self, client: Client, person: Person, other: Person) -> None:
        self.client, self.person, self.other = client, person, other
        client.post(reverse("desk:person_household", args=[person.pk]))
        client.post(reverse("desk:person_household", args=[other.pk]), {"seen": "1"})
        [self.household] = queries.households_of_person(person)

    def act(self, name: str, /, **values: Any) -> Any:
        address = reverse("desk:household_act", args=[self.person.pk, self.household.public_id, name])
        return self.client.post(address, {f"{name}-{field}": value for field, value in values.items()}, follow=True)

    def named(self, name: str) -> Individual:
        return next(
            row.individual for row in queries.members_of(self.household) if row.individual.name.startswith(name)
        )


@pytest.fixture
def counter(town: SmallTown, settings: Settings, signed_in: Callable[[User], Client]) -> Counter:
    settings.PARVIS_NOW = NOW
    louise, martin = make_person("Louise Gagné", phone="+14185550142"), make_person("Martin Roy", phone="+14185550143")
    return Counter(signed_in(town.agent), louise, martin)


def test_each_act_of_the_counter_is_kept_and_shown(counter: Counter) -> None:
    household = counter.household
    counter.act("seen")
    assert counter.named("Louise").seen_at
    page = counter.act("child", name="Léa Gagné-Roy", born="2019-05-02").text
    assert "Léa Gagné-Roy" in page and "7\u00a0ans" in page
    counter.act("proof", kind="lease", expires_on="2027-07-01")
    assert queries.residence_of(household, date(2026, 12, 2)).proved_until == date(2027, 7, 1)
    [proof] = queries.proofs_of(household)
    counter.act("withdraw", proof=proof.pk)
    assert not queries.residence_of(household, date(2026, 12, 2)).resident
    counter.act("invite", email="louise@exemple.ca")
    assert Claim.objects.get().email == "louise@exemple.ca"
    [theirs] = queries.households_of_person(counter.other)
    counter.act("second", child=counter.named("Léa").pk, place="Martin Roy", other=counter.other.pk)
    assert [row.individual.name for row in queries.members_of(theirs)] == ["Martin Roy", "Léa Gagné-Roy"]
    anne = make_adult(household)
    page = counter.act("payer", adult=anne.pk).text
    assert queries.payer_of(household) == anne and "Mettre les reçus au nom de Louise Gagné" in page
    assert set(ACTS) == {"seen", "child", "proof", "withdraw", "invite", "second", "payer"}


def make_adult(household: Household) -> Individual:
    return add_adult(household=household, name="Anne Gagné", may_register=True, by=Actor.citizen())


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("child", {"name": "Léa", "born": "hier"}),
        ("proof", {"kind": "lease", "expires_on": "2020-01-01"}),
        ("invite", {"email": "louise"}),
        ("second", {"child": "0", "place": "Personne", "other": ""}),
    ],
)
def test_what_cannot_be_kept_is_told_beside_what_was_typed(counter: Counter, name: str, values: dict[str, str]) -> None:
    counter.act("child", name="Émile Gagné", born="2021-06-02")
    response = counter.act(name, **values)
    assert response.status_code == 422 and "Une chose à corriger" in response.text
    assert all(f'value="{typed}"' in response.text for field, typed in values.items() if field not in HIDDEN)


def test_someone_of_another_household_is_not_touched(counter: Counter) -> None:
    [theirs] = queries.households_of_person(counter.other)
    counter.act("payer", adult=queries.payer_of(theirs).pk)
    assert queries.payer_of(counter.household).name == "Louise Gagné"
    away = reverse("desk:household_act", args=[counter.person.pk, theirs.public_id, "child"])
    refused = counter.client.post(away, {"child-name": "Léa", "child-born": "2019-05-02"})
    assert refused.status_code == 404 and len(queries.members_of(theirs)) == 1
