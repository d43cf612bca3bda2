"""Paper letters on request; an undeliverable e-mail becomes a call, a letter, or a warning on the case."""

from collections.abc import Callable

import pytest

from parvis.apps.cases.models import Case, Entry, PaperLetter
from parvis.apps.cases.queries import cases
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.journal import verify
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.cases.services.postal_letters import mark_posted, not_posted
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.intake.models import Callback
from parvis.apps.intake.tasks import sweep_calls
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.models import Person
from parvis.apps.residents.services import people
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import SmallTown, make_person, unique


def opened(town: SmallTown, person: Person, channel: str = "phone") -> Case:
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel=channel, words="Il fait noir.",
        person=person,
    )  # fmt: skip
    return open_case(new_case, by=Actor.staff(town.agent)).case


@pytest.fixture
def on_paper(town: SmallTown) -> Person:
    return make_person(reach="paper", address=town.address, email="j@exemple.ca", phone="+14185550123")


def test_each_step_becomes_a_letter_to_print(town: SmallTown, on_paper: Person, run_jobs: Callable[[], int]) -> None:
    case = opened(town, on_paper)
    handling.close(case_id=case.pk, reason="done", words="Ampoule changée.", by=town.technician)
    run_jobs()
    assert [letter.entry and letter.entry.kind for letter in PaperLetter.objects.order_by("pk")] == ["opened", "closed"]
    assert {letter.address for letter in PaperLetter.objects.all()} == {town.address.label}
    assert not Outgoing.objects.exists() and not Callback.objects.exists()


def test_at_the_counter_the_receipt_is_handed_over(town: SmallTown, on_paper: Person) -> None:
    opened(town, on_paper, "counter")
    assert not PaperLetter.objects.exists()


def test_someone_with_an_address_only_is_written_to(town: SmallTown) -> None:
    opened(town, make_person(reach="phone", address_text="14, rang du Nord"))
    assert PaperLetter.objects.get().address == "14, rang du Nord"


def test_paper_wants_a_postal_address(town: SmallTown) -> None:
    with pytest.raises(Invalid) as refused:
        people.register_person(name="Jeanne Arsenault", reach="paper", by=Actor.staff(town.agent))
    assert "address" in refused.value.fields
    person = make_person()
    with pytest.raises(Invalid):
        people.update_person(person=person, reach="paper", by=Actor.staff(town.agent))
    saved = people.update_person(
        person=person, reach="paper", address_text="14, rang du Nord", by=Actor.staff(town.agent)
    )
    assert saved.reach == Person.Reach.PAPER


def lost(case: Case) -> None:
    """Marks every e-mail as permanently refused."""
    Outgoing.objects.update(state=Outgoing.State.FAILED, error="550 No such user")
    for _time in range(2):
        sweep_calls()
    case.refresh_from_db()


def test_a_lost_e_mail_goes_on_paper_when_nobody_can_be_phoned(town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca", address=town.address))
    lost(case)
    letter = PaperLetter.objects.get()
    assert (letter.case, letter.instead_of) == (case, "550 No such user")
    assert case.notification_failed_at is None


def test_a_lost_e_mail_that_nothing_can_replace_is_said_on_the_case_once(town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca"))
    lost(case)
    [said] = Entry.objects.filter(case=case, kind=Entry.Kind.UNNOTIFIED)
    assert "550" in said.body and said.data["entry"] == 1
    assert case.notification_failed_at is not None
    assert Entry.Kind.UNNOTIFIED not in [entry.kind for entry in cases.journal(case, public=True)], (
        "it stays in the house"
    )
    assert all(not wrong for _reference, wrong in verify())
    citizen.called(case_id=case.pk, words="Vue au comptoir.", by=town.agent)
    case.refresh_from_db()
    assert case.notification_failed_at is None, "they were told"
    assert all(not wrong for _reference, wrong in verify())


def test_an_address_learnt_later_is_written_to(town: SmallTown) -> None:
    person = make_person(email="j@exemple.ca")
    case = opened(town, person)
    lost(case)
    people.update_person(person=person, address=town.address, by=Actor.staff(town.agent))
    lost(case)
    assert Entry.objects.get(paper__isnull=False).seq == 1


def test_posting_is_said_and_taken_back_by_the_same_person(town: SmallTown, on_paper: Person) -> None:
    opened(town, on_paper)
    [letter] = PaperLetter.objects.all()
    assert mark_posted(letter_ids=[letter.pk], by=town.agent) == [letter]
    assert mark_posted(letter_ids=[letter.pk], by=town.agent) == [], "twice is once"
    with pytest.raises(Conflict):
        not_posted(letter_ids=[letter.pk], by=town.agent_and_technician)
    not_posted(letter_ids=[letter.pk], by=town.agent)
    letter.refresh_from_db()
    assert letter.posted_at is None
    with pytest.raises(NotAllowed):
        mark_posted(letter_ids=[letter.pk], by=town.technician)
