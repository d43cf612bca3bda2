"""Entry kinds registered by an app above `cases`: visible to the staff, and to the citizen when meant for them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from parvis.apps.cases.letters.postal_letters import words_of
from parvis.apps.cases.models import Case, Entry, PaperLetter
from parvis.apps.cases.rules.kinds import ADDED, EntryKind
from parvis.apps.cases.services.journal import EntryDraft, register_kind, verify, write_entry
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.cases.services.transitions import write_and_notify
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.intake.models import Callback
from parvis.apps.intake.queries.contact_history import history_of_case
from parvis.apps.intake.tasks import sweep_calls
from parvis.apps.mail.letters import Content, Letter, compose
from parvis.apps.mail.models import Outgoing
from tests.factories import SmallTown, make_person, unique

PAID = EntryKind(
    "paid", "Facture payée", told_as="Votre paiement est reçu", spoken=True, letter=f"{__name__}.paid_letter"
)
WEIGHED = EntryKind("weighed", "Conteneur pesé")


def paid_letter(entry_id: int) -> Letter:
    return compose("Votre paiement", Content("Bonjour,", paragraphs=[Entry.objects.get(pk=entry_id).body]))


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    register_kind(PAID)
    register_kind(WEIGHED)
    yield
    del ADDED["paid"], ADDED["weighed"]


@pytest.fixture
def case(town: SmallTown) -> Case:
    new_case = NewCase(unique(), town.streetlight, Nature.REQUEST, "web", words="Lampadaire éteint.")
    made = open_case(new_case, by=Actor.citizen()).case
    write_entry(made, EntryDraft(PAID, by=Actor.program("Paiements"), body="25 $, merci."))
    write_entry(made, EntryDraft(WEIGHED, body="40 kg."))
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


def of_someone(town: SmallTown, **person: Any) -> Case:
    new_case = NewCase(
        unique(), town.streetlight, Nature.REQUEST, "phone", words="Il fait noir.", person=make_person(**person)
    )
    return open_case(new_case, by=Actor.staff(town.agent)).case


def test_its_letter_is_sent_and_a_refused_one_becomes_a_call(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    case = of_someone(town, email="j@exemple.ca", phone="+14185550123", reach="email")
    entry = write_and_notify(case, EntryDraft(PAID, body="25 $, merci.", notified_via="email"))
    run_jobs()
    [letter] = Outgoing.objects.filter(renderer=PAID.letter)
    assert (letter.state, letter.subject) == (Outgoing.State.SENT, "Votre paiement")
    assert "25 $, merci." in letter.text
    Outgoing.objects.filter(pk=letter.pk).update(state=Outgoing.State.FAILED, error="550 unknown")
    sweep_calls()
    assert Callback.objects.get(entry=entry).entry == entry


def test_its_letter_is_printed_for_whoever_reads_paper(town: SmallTown) -> None:
    case = of_someone(town, address=town.address, reach="paper")
    entry = write_and_notify(case, EntryDraft(PAID, body="25 $, merci.", notified_via="post"))
    assert "25 $, merci." in words_of(PaperLetter.objects.get(entry=entry)).text


def test_a_kind_without_a_letter_notifies_nobody(town: SmallTown) -> None:
    case = of_someone(town, email="j@exemple.ca", reach="email")
    with pytest.raises(KeyError), transaction.atomic():
        write_and_notify(case, EntryDraft(WEIGHED, body="40 kg.", notified_via="email"))
    assert not Entry.objects.filter(case=case, kind="weighed").exists()


@pytest.mark.parametrize("name", ["closed", "longer_than_ten", "paid"])
def test_a_name_taken_or_too_long_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        register_kind(EntryKind(name, "Autre"))
