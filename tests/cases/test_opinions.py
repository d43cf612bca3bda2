"""Opinions after a closing: who may give one, how a bad one reopens the case, what is recorded."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from parvis.apps.cases.models import Case, Entry, Opinion, State
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.citizen.opinions import asks_opinion, give_opinion
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.journal import verify
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.mail.models import Outgoing
from parvis.lib.errors import Conflict, Invalid
from tests.factories import SmallTown, make_person, unique

MONDAY = "2026-11-23T10:00:00-05:00"


@pytest.fixture(autouse=True)
def _monday(settings: Settings) -> None:
    settings.PARVIS_NOW = MONDAY


@pytest.fixture
def case(town: SmallTown) -> Case:
    """A case closed as done; its subject escalates to planning."""
    town.streetlight.level_up = town.planning
    town.streetlight.save()
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="web", words="Il fait noir.",
        address=town.address, person=make_person(email="jeanne@exemple.ca"),
    )  # fmt: skip
    opened = open_case(new_case, by=Actor.citizen()).case
    return handling.close(case_id=opened.pk, reason="done", words="Ampoule changée.", by=town.technician)


def say(case: Case, *, solved: bool | None = True, mark: int | None = 5, words: str = "", closing: int = 2) -> Opinion:
    return give_opinion(case_id=case.pk, closing=closing, solved=solved, mark=mark, words=words)


def sound() -> bool:
    return all(not wrong for _reference, wrong in verify())


def test_a_good_opinion_is_kept_and_leaves_the_case_closed(case: Case, town: SmallTown) -> None:
    opinion = say(case, mark=4, words=" Merci! ")
    assert (opinion.solved, opinion.mark, opinion.words, opinion.department) == (True, 4, "Merci!", town.works)
    case.refresh_from_db()
    assert case.state == State.CLOSED and case.seq == 2
    assert opinion.closing.seq == 2 and opinion.reopening is None


@pytest.mark.parametrize(("solved", "mark"), [(False, 5), (True, 1), (True, 2), (False, 1)])
def test_a_bad_one_reopens_one_level_up_and_both_closings_stay(
    case: Case, town: SmallTown, solved: bool, mark: int, run_jobs: Callable[[], int]
) -> None:
    opinion = say(case, solved=solved, mark=mark, words="Encore noir.")
    case.refresh_from_db()
    assert (case.is_open, case.level, case.department) == (True, 1, town.planning)
    assert case.due_at is not None and case.closed_at is None
    assert opinion.reopening is not None and opinion.reopening.kind == Entry.Kind.REOPENED
    assert opinion.reopening.data["opinion"] == {"solved": solved, "mark": mark}
    assert opinion.department == town.works, "it is the opinion of those who had closed it"
    run_jobs()
    letter = Outgoing.objects.order_by("-pk")[0]
    assert ("service a été mauvais" in letter.text) is solved, "the letter says what the citizen said"
    handling.close(case_id=case.pk, reason="done", words="Câble changé.", by=town.planner)
    say(case, closing=case.entries.count(), mark=5)
    closings = Entry.objects.filter(case=case, kind=Entry.Kind.CLOSED)
    assert [closing.opinion.mark for closing in closings] == [mark, 5]
    assert sound()


def test_a_middling_mark_reopens_nothing(case: Case) -> None:
    say(case, mark=3)
    case.refresh_from_db()
    assert not case.is_open


def test_the_same_one_twice_is_one_even_when_it_reopened(case: Case) -> None:
    first = say(case, solved=False, mark=1, words="Noir.")
    assert say(case, solved=False, mark=1, words="Noir.") == first
    assert Entry.objects.filter(case=case, kind=Entry.Kind.REOPENED).count() == 1


def test_it_may_be_changed_while_the_request_stays_closed_within_thirty_days(case: Case, settings: Settings) -> None:
    say(case, mark=5)
    settings.PARVIS_NOW = "2026-12-22T10:00:00-05:00"
    changed = say(case, mark=4, words="Le lendemain, un bris.")
    assert Opinion.objects.get() == changed and changed.changed_at is not None
    settings.PARVIS_NOW = "2026-12-23T10:00:00-05:00"
    with pytest.raises(Conflict):
        say(case, mark=3)
    assert Opinion.objects.get().mark == 4


def test_a_better_opinion_does_not_close_what_a_bad_one_reopened(case: Case) -> None:
    say(case, mark=1)
    with pytest.raises(Conflict):
        say(case, mark=5)
    assert Opinion.objects.get().mark == 1


def test_both_questions_want_an_answer(case: Case) -> None:
    with pytest.raises(Invalid) as refused:
        say(case, solved=None, mark=7)
    assert set(refused.value.fields) == {"solved", "mark"}
    assert not Opinion.objects.exists()


def test_nobody_is_asked_of_a_comment_or_of_what_they_withdrew(case: Case, town: SmallTown) -> None:
    assert asks_opinion(case)
    comment = open_case(
        NewCase(key=unique(), subject=town.opinion, nature=Nature.COMMENT, channel="web", words="Beau sapin!"),
        by=Actor.citizen(),
    ).case
    handling.close(case_id=comment.pk, reason="passed", words="", by=town.manager)
    withdrawn = open_case(
        NewCase(key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="web", words="Noir."),
        by=Actor.citizen(),
    ).case
    citizen.withdraw(case_id=withdrawn.pk, by=Actor.citizen())
    for case in (comment, withdrawn):
        case.refresh_from_db()
        assert not case.is_open and not asks_opinion(case)
        with pytest.raises(Conflict):
            say(case)


def test_an_opinion_of_an_earlier_closing_is_refused(case: Case, town: SmallTown) -> None:
    citizen.not_fixed(case_id=case.pk, words="Toujours noir.", by=Actor.citizen())
    handling.close(case_id=case.pk, reason="done", words="Fait.", by=town.planner)
    with pytest.raises(Conflict):
        say(case, closing=2)


def test_its_words_leave_with_those_of_the_entry_erased_by_law(case: Case, town: SmallTown) -> None:
    say(case, solved=False, mark=1, words="Mon voisin Untel l’a brisé.")
    erase_words(case_id=case.pk, seq=3, ground="A-2.1, a. 28", by=town.privacy_officer)
    assert Opinion.objects.get().words == ""
    assert sound()


def test_the_closing_letter_says_that_two_questions_wait(case: Case, run_jobs: Callable[[], int]) -> None:
    run_jobs()
    letter = Outgoing.objects.order_by("-pk")[0]
    assert "deux questions" in letter.text
    assert f"/suivi/{case.secret}/" in letter.text
    assert letter.text.count("http") == 1, "one link, to the page: nothing that a scanner could answer by following"
