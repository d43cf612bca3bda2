"""The journal reveals tampering, and stays valid after any sequence of transitions."""

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services import erasure, handling, journal_checkpoints, journal_verification, postal_letters
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.citizen.opinions import give_opinion
from parvis.apps.cases.services.journal import verify
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.lib import clock
from parvis.lib.errors import Refused
from tests.factories import SmallTown, make_person, unique


@pytest.fixture
def case(town: SmallTown) -> Case:
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="phone", words="Noir.",
        person=make_person(email="j@exemple.ca"),
    )  # fmt: skip
    case = open_case(new_case, by=Actor.staff(town.agent)).case
    handling.take(case_id=case.pk, by=town.technician)
    handling.note(case_id=case.pk, words="Rien vu.", by=town.technician)
    return case


def last_seq(case: Case) -> int:
    return Case.objects.values_list("seq", flat=True).get(pk=case.pk)


def faults() -> list[str]:
    return [fault for _reference, wrong in verify() for fault in wrong]


def test_an_untouched_journal_holds(case: Case) -> None:
    assert faults() == []


LATER = timedelta(hours=1)
TAMPERING: dict[str, tuple[Callable[[Case], object], str]] = {
    "words": (lambda c: Entry.objects.filter(case=c, seq=3).update(body="Tout vu."), "words of entry 3 were altered"),
    "moment": (lambda c: Entry.objects.filter(case=c, seq=2).update(at=c.opened_at), "entry 2 was altered"),
    "metadata": (lambda c: Entry.objects.filter(case=c, seq=2).update(data={}), "entry 2 was altered"),
    "removed": (lambda c: Entry.objects.filter(case=c, seq=2).delete(), "entry 2 is missing"),
    "last one removed": (lambda c: Entry.objects.filter(case=c, seq=3).delete(), "the case says 3 entries"),
    "state": (lambda c: Case.objects.filter(pk=c.pk).update(state="closed"), "state is 'closed'"),
    "what was asked": (lambda c: Case.objects.filter(pk=c.pk).update(words="Clair."), "what was asked was altered"),
    "nature": (lambda c: Case.objects.filter(pk=c.pk).update(nature="comment"), "nature is 'comment'"),
    "opening": (
        lambda c: Case.objects.filter(pk=c.pk).update(opened_at=c.changed_at + timedelta(hours=1)),
        "opened_at is",
    ),
    "promise": (lambda c: Case.objects.filter(pk=c.pk).update(due_at=c.opened_at), "due_at is"),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_shows(case: Case, name: str) -> None:
    tamper, problem = TAMPERING[name]
    tamper(case)
    assert any(problem in fault for fault in faults())


def test_words_erased_with_their_salt_leave_the_chain_whole(town: SmallTown, case: Case) -> None:
    erasure.erase_words(case_id=case.pk, seq=1, ground="Loi", by=town.privacy_officer)
    assert faults() == []
    Entry.objects.filter(case=case, seq=1).update(body="Autre chose")
    [fault] = faults()
    assert fault.startswith("the words of entry 1 were put back after being erased (20")


@pytest.mark.parametrize("seed", range(12))
def test_any_order_of_moves_leaves_a_sound_journal(town: SmallTown, case: Case, seed: int) -> None:
    draw = random.Random(seed)
    tech = town.manager
    transitions: list[Callable[[], object]] = [
        lambda: handling.take(case_id=case.pk, by=tech),
        lambda: handling.ask(case_id=case.pk, words="?", by=tech),
        lambda: citizen.reply(case_id=case.pk, words="!", by=Actor.citizen()),
        lambda: handling.wait(case_id=case.pk, words="Hydro", by=tech),
        lambda: handling.resume(case_id=case.pk, by=tech),
        lambda: handling.answer(case_id=case.pk, words="Voici.", by=tech),
        lambda: handling.pass_on(
            case_id=case.pk, department=draw.choice([town.works, town.planning]), words="Vôtre.", by=tech
        ),
        lambda: handling.close(case_id=case.pk, reason="done", words="Fait.", by=tech),
        lambda: citizen.not_fixed(case_id=case.pk, words="Non.", by=Actor.citizen()),
        lambda: citizen.withdraw(case_id=case.pk, by=Actor.citizen()),
        lambda: handling.plan_visit(case_id=case.pk, day=clock.today(), words="Demain.", by=tech),
        lambda: give_opinion(case_id=case.pk, closing=last_seq(case), solved=True, mark=draw.randint(1, 5)),
        lambda: postal_letters.print_instead(entry_id=case.entries.earliest("seq").pk, refusal="550"),
        lambda: citizen.called(case_id=case.pk, words="Jointe.", by=tech),
    ]
    moves_made = 0
    for _ in range(120):
        try:
            draw.choice(transitions)()
            moves_made += 1
        except Refused:
            continue
    assert moves_made > 10
    assert faults() == []
    row = Case.objects.get(pk=case.pk)
    assert row.is_paused == (row.state in ("asked", "waiting")), "the clock is paused while waiting for someone"


def test_a_signed_head_tells_when_a_chain_was_rewritten_or_a_case_removed(
    town: SmallTown, case: Case, settings: Settings
) -> None:
    settings.PARVIS_NOW = (timezone.now() + timedelta(hours=1)).isoformat()
    journal_checkpoints.sign()
    settings.PARVIS_NOW = (timezone.now() + timedelta(hours=2)).isoformat()
    handling.note(case_id=case.pk, words="Encore.", by=town.technician)
    settings.PARVIS_NOW = (timezone.now() + timedelta(hours=3)).isoformat()
    journal_checkpoints.sign()
    assert [wrong for _name, wrong in journal_verification.check_checkpoints()] == ["", ""]
    Entry.objects.filter(case=case, seq=2).update(hash="0" * 64)
    assert [bool(wrong) for _name, wrong in journal_verification.check_checkpoints()] == [True, False], (
        "only the earlier checkpoint fails"
    )
    file = sorted(journal_checkpoints.folder().glob("*.json"))[0]
    file.write_text(file.read_text().replace('"entries": 3', '"entries": 2'))
    assert "signature" in next(wrong for name, wrong in journal_verification.check_checkpoints() if name == file.name)


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.PARVIS_DATA = tmp_path
