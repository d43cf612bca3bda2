"""Entry kinds registered by an app above `cases`: visible to the staff, and to the citizen when meant for them."""

from collections.abc import Iterator

import pytest
from django.test import Client

from parvis.apps.cases import services
from parvis.apps.cases.models import Case
from parvis.apps.cases.rules.kinds import ADDED, EntryKind
from parvis.apps.cases.services.journal import EntryDraft, register_kind, verify, write
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.intake.queries.contact_history import history_of_case
from tests.factories import SmallTown, unique

PAID = EntryKind("paid", "Facture payée", told_as="Votre paiement est reçu", spoken=True)
WEIGHED = EntryKind("weighed", "Conteneur pesé")


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    register_kind(PAID)
    register_kind(WEIGHED)
    yield
    del ADDED["paid"], ADDED["weighed"]


@pytest.fixture
def case(town: SmallTown) -> Case:
    new_case = services.NewCase(unique(), town.streetlight, Nature.REQUEST, "web", words="Lampadaire éteint.")
    made = services.open_case(new_case, by=Actor.citizen()).case
    write(made, EntryDraft(PAID, by=Actor.program("Paiements"), body="25 $, merci."))
    write(made, EntryDraft(WEIGHED, body="40 kg."))
    return made


def test_the_staff_read_every_kind_and_the_journal_holds(town: SmallTown, client: Client, case: Case) -> None:
    client.force_login(town.agent)
    shown = client.get(f"/desk/cases/{case.reference}/").content.decode()
    for words in ("Facture payée", "Paiements", "Conteneur pesé", "40 kg."):
        assert words in shown
    assert [fault for _reference, wrong in verify() for fault in wrong] == []


def test_the_citizen_reads_only_what_is_meant_for_them(client: Client, case: Case) -> None:
    shown = client.get(f"/suivi/{case.secret}/").content.decode()
    assert "Votre paiement est reçu" in shown
    assert "25 $, merci." in shown
    assert "Conteneur" not in shown
    assert "40 kg" not in shown
    [told] = history_of_case(case).cases
    assert [step.words for step in told.steps if step.title == "Votre paiement est reçu"] == ["25 $, merci."]
    assert "Conteneur pesé" not in [step.title for step in told.steps]


def test_what_the_citizen_reads_of_an_app_that_is_gone_stays_in_the_house(
    town: SmallTown, client: Client, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(ADDED, "paid")
    assert "paiement" not in client.get(f"/suivi/{case.secret}/").content.decode().lower()
    client.force_login(town.agent)
    assert client.get(f"/desk/cases/{case.reference}/").status_code == 200
    monkeypatch.setitem(ADDED, "paid", PAID)


@pytest.mark.parametrize("name", ["closed", "longer_than_ten", "paid"])
def test_a_name_taken_or_too_long_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        register_kind(EntryKind(name, "Autre"))
