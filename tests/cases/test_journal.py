"""The journal tells when it was tampered with, and holds whatever is done to a case in whatever order."""

import random
from collections.abc import Callable

import pytest
from pytest_django import Settings

from parvis.cases import services
from parvis.cases.journal import verify
from parvis.cases.models import Case, Entry
from parvis.cases.tasks import sign_heads
from parvis.catalogue.models import Nature
from parvis.lib.errors import Refused
from tests.factories import SmallTown, make_person, unique


@pytest.fixture
def case(town: SmallTown) -> Case:
    asked = services.Asked(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="phone", words="Noir.",
        person=make_person(email="j@exemple.ca"),
    )  # fmt: skip
    made = services.open_case(asked, by=town.agent).case
    services.take(case_id=made.pk, by=town.technician)
    services.note(case_id=made.pk, words="Rien vu.", by=town.technician)
    return made


def faults() -> list[str]:
    return [fault for _reference, wrong in verify() for fault in wrong]


def test_an_untouched_journal_holds(case: Case) -> None:
    assert faults() == []


TAMPERING: dict[str, tuple[Callable[[Case], object], str]] = {
    "words": (lambda c: Entry.objects.filter(case=c, seq=3).update(body="Tout vu."), "words of entry 3 were altered"),
    "moment": (lambda c: Entry.objects.filter(case=c, seq=2).update(at=c.opened_at), "entry 2 was altered"),
    "metadata": (lambda c: Entry.objects.filter(case=c, seq=2).update(data={}), "entry 2 was altered"),
    "removed": (lambda c: Entry.objects.filter(case=c, seq=2).delete(), "entry 2 is missing"),
    "last one removed": (lambda c: Entry.objects.filter(case=c, seq=3).delete(), "the case says 3 entries"),
    "state": (lambda c: Case.objects.filter(pk=c.pk).update(state="closed"), "state is 'closed'"),
    "promise": (lambda c: Case.objects.filter(pk=c.pk).update(due_at=c.opened_at), "due_at is"),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_shows(case: Case, name: str) -> None:
    tamper, finding = TAMPERING[name]
    tamper(case)
    assert any(finding in fault for fault in faults())


def test_words_erased_with_their_salt_leave_the_chain_whole(case: Case) -> None:
    Entry.objects.filter(case=case, seq=1).update(body="", salt="")
    assert faults() == []
    Entry.objects.filter(case=case, seq=1).update(body="Autre chose")
    assert faults() == ["the words of entry 1 were put back after being erased"]


@pytest.mark.parametrize("seed", range(12))
def test_any_order_of_moves_leaves_a_sound_journal(town: SmallTown, case: Case, seed: int) -> None:
    draw = random.Random(seed)
    tech = town.manager
    moves: list[Callable[[], object]] = [
        lambda: services.take(case_id=case.pk, by=tech),
        lambda: services.ask(case_id=case.pk, words="?", by=tech),
        lambda: services.reply(case_id=case.pk, words="!"),
        lambda: services.wait(case_id=case.pk, words="Hydro", by=tech),
        lambda: services.resume(case_id=case.pk, by=tech),
        lambda: services.answer(case_id=case.pk, words="Voici.", by=tech),
        lambda: services.pass_on(
            case_id=case.pk, department=draw.choice([town.works, town.planning]), words="Vôtre.", by=tech
        ),
        lambda: services.close(case_id=case.pk, reason="done", words="Fait.", by=tech),
        lambda: services.not_fixed(case_id=case.pk, words="Non."),
        lambda: services.withdraw(case_id=case.pk),
    ]
    made = 0
    for _ in range(120):
        try:
            draw.choice(moves)()
            made += 1
        except Refused:
            continue
    assert made > 10
    assert faults() == []
    row = Case.objects.get(pk=case.pk)
    assert row.is_paused == (row.state in ("asked", "waiting")), "the clock stands still while someone is awaited"


def test_the_days_head_is_signed_and_kept_outside_the_database(case: Case, settings: Settings) -> None:
    sign_heads()
    folder = settings.PARVIS_DATA / "heads"
    before = sorted(folder.iterdir())[-1].read_text()
    Entry.objects.filter(case=case, seq=3).update(body="Réécrit")
    Case.objects.filter(pk=case.pk).update(head="0" * 64)
    sign_heads()
    assert sorted(folder.iterdir())[-1].read_text() != before
