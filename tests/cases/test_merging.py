"""Merged cases keep their citizens and references, notify each separately, and can be unmerged."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from parvis.apps.cases.models import Case, CaseLink, ClosingReason, Entry, State
from parvis.apps.cases.queries import cases, merged_cases
from parvis.apps.cases.queries.access import transitions_for
from parvis.apps.cases.rules.merging import No, Side, why_not_merge, why_not_part
from parvis.apps.cases.services import erasure, handling, journal, undo
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.citizen.opinions import give_opinion
from parvis.apps.cases.services.due_dates.sla_reminders import process_due_reminders
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.merging.merge_propagation import propagate_to_merged
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import Actor
from parvis.apps.intake.models import Callback
from parvis.apps.intake.queries.contact_history import history_of_case
from parvis.apps.mail.models import Outgoing
from parvis.apps.residents.models import Person
from parvis.apps.residents.services import merging as people
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import SmallTown, make_person, unique

RunJobs = Callable[[], int]


@pytest.fixture(autouse=True)
def _wednesday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"


def request(town: SmallTown, person: Person | None = None, **more: Any) -> Case:
    values = {"subject": town.pothole, "nature": "request", "channel": "phone", "words": "Un trou", **more}
    new_case = NewCase(key=unique(), person=person, address=town.address, **values)
    return open_case(new_case, by=Actor.staff(town.agent)).case


def merge(case: Case, into: Case, town: SmallTown) -> Case:
    return merging.merge(case_id=case.pk, into_id=into.pk, words="Le même trou", by=Actor.staff(town.agent))


def part(case: Case, town: SmallTown) -> Case:
    return merging.unmerge(case_id=case.pk, words="Un autre trou", by=town.agent)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def sound() -> bool:
    return all(not wrong for _reference, wrong in journal.verify())


def two(town: SmallTown) -> tuple[Case, Case]:
    """A case in French by e-mail, and a later one in English by phone."""
    first = request(town, make_person("Jeanne Arsenault", email="jeanne@exemple.ca"))
    second = request(
        town,
        make_person("John Smith", phone="+14185550123"),
        language="en",
        english_ground="eligible",
        words="A hole by my house",
    )
    return first, second


# --- The rules ------------------------------------------------------------------------------------------------------

PLAIN = Side(1, "request")


@pytest.mark.parametrize(
    ("side", "into", "why"),
    [
        (PLAIN, Side(2, "request"), None),
        (PLAIN, Side(1, "request"), No.ITSELF),
        (Side(1, "request", closed=True, into=3), Side(2, "request"), No.MERGED),
        (PLAIN, Side(2, "request", closed=True, into=3), No.INTO_MERGED),
        (PLAIN, Side(2, "request", closed=True, into=1), No.INTO_MERGED),
        (Side(1, "request", closed=True), Side(2, "request"), No.CLOSED),
        (PLAIN, Side(2, "request", closed=True), No.INTO_CLOSED),
        (Side(1, "comment"), Side(2, "request"), No.COMMENT),
        (PLAIN, Side(2, "comment"), No.COMMENT),
        (Side(1, "complaint", person=7), Side(2, "complaint", person=8), No.ALONE),
        (Side(1, "complaint"), Side(2, "complaint"), No.ALONE),
        (Side(1, "complaint", person=7), Side(2, "complaint", person=7), None),
        (Side(1, "information", person=7), Side(2, "request", person=8), No.ALONE),
    ],
)
def test_what_may_be_merged(side: Side, into: Side, why: No | None) -> None:
    assert why_not_merge(side, into) is why


def test_what_may_be_parted() -> None:
    merged = Side(1, "request", closed=True, into=2)
    assert why_not_part(merged, Side(2, "request")) is None
    assert why_not_part(PLAIN, None) is No.NOT_MERGED
    assert why_not_part(merged, Side(2, "request", closed=True, into=3)) is No.UNDER_MERGED


def test_every_refusal_has_words() -> None:
    assert set(merging.WHY_NOT) == set(No)


# --- Merging --------------------------------------------------------------------------------------------------------


def test_each_is_answered_alone_in_their_way_and_language(town: SmallTown, run_jobs: RunJobs) -> None:
    first, second = two(town)
    merge(second, first, town)
    run_jobs()
    Outgoing.objects.all().delete()
    with pytest.raises(Invalid) as refused:
        handling.answer(case_id=first.pk, words="On y va demain.", by=town.technician)
    assert list(refused.value.fields) == ["other"]
    handling.answer(case_id=first.pk, words="On y va demain.", other="We go tomorrow.", by=town.technician)
    run_jobs()
    letter = Outgoing.objects.get()
    assert letter.to == "jeanne@exemple.ca"
    assert first.reference in letter.subject and "demain" in letter.text
    assert second.reference not in letter.text + letter.subject and "Smith" not in letter.text
    call = Callback.objects.get()
    assert call.case == second and call.reason == "We go tomorrow."
    copy = second.entries.get(kind=Entry.Kind.ANSWERED)
    assert copy.body == "We go tomorrow." and copy.notified_via == "phone" and copy.data["of"]
    assert sound()


def test_asked_twice_nobody_is_told_twice(town: SmallTown, run_jobs: RunJobs) -> None:
    first, second = two(town)
    merge(second, first, town)
    handling.answer(case_id=first.pk, words="Demain", other="Tomorrow", by=town.technician)
    entry = first.entries.get(kind=Entry.Kind.ANSWERED)
    run_jobs()
    propagate_to_merged(entry_id=entry.pk, other="Tomorrow")
    assert second.entries.filter(kind=Entry.Kind.ANSWERED).count() == 1


def test_nothing_said_before_the_merging_is_told_after_it(town: SmallTown, run_jobs: RunJobs) -> None:
    first, second = two(town)
    third = request(town)
    merge(third, first, town)
    handling.answer(case_id=first.pk, words="Avant", by=town.technician)
    merge(second, first, town)
    run_jobs()
    assert third.entries.filter(kind=Entry.Kind.ANSWERED).exists()
    assert not second.entries.filter(kind=Entry.Kind.ANSWERED).exists()


def test_the_page_of_the_second_shows_its_words_and_the_progress_of_the_first(
    town: SmallTown, run_jobs: RunJobs
) -> None:
    first, second = two(town)
    merge(second, first, town)
    handling.take(case_id=first.pk, by=town.technician)
    citizen.reply(case_id=first.pk, words="Le mien est profond", by=Actor.citizen())
    handling.ask(case_id=first.pk, words="De quelle couleur est votre porte", by=town.technician)
    run_jobs()
    shown = merged_cases.as_seen_by_citizen(fresh(second))
    assert shown.reference == second.reference and shown.is_open and shown.is_paused
    text = " ".join(entry.body for entry in cases.journal(fresh(second), public=True) if entry.kind != "merged")
    assert "A hole by my house" in text
    assert not {"Le mien", "Jeanne", "porte", "Un trou"} & {part for part in ("Le mien", "porte") if part in text}


def test_all_that_was_said_of_the_second_runs_late_as_the_first_does(town: SmallTown, settings: Settings) -> None:
    first, second = two(town)
    merge(second, first, town)
    settings.PARVIS_NOW = "2027-01-20T10:00:00-05:00"
    late = [history_of_case(fresh(case)).cases[0].late_since for case in (first, second)]
    assert late[0] and late == [fresh(first).due_at] * 2
    handling.wait(case_id=first.pk, words="La pièce manque", by=town.technician)
    assert [history_of_case(fresh(case)).cases[0].late_since for case in (first, second)] == [None, None]


def test_closing_closes_for_all_and_one_not_fixed_opens_again(town: SmallTown, run_jobs: RunJobs) -> None:
    first, second = two(town)
    third = request(town, make_person("Léa Roy", email="lea@exemple.ca"))
    merge(second, first, town)
    merge(third, first, town)
    closing: dict[str, Any] = {"reason": "done", "words": "Bouché", "other": "Filled", "proof": "Vu"}
    handling.close(case_id=first.pk, by=town.technician, **closing)
    run_jobs()
    assert not merged_cases.as_seen_by_citizen(fresh(second)).is_open
    assert second.entries.get(kind=Entry.Kind.CLOSED).body == "Filled"
    Outgoing.objects.all().delete()
    citizen.not_fixed(case_id=third.pk, words="Il est encore là, chez Léa", by=Actor.citizen())
    run_jobs()
    again = fresh(first)
    assert again.is_open and again.level == 1
    assert [letter.to for letter in Outgoing.objects.all()] == ["lea@exemple.ca"]
    assert all("chez Léa" not in entry.body for case in (first, second) for entry in case.entries.all())
    assert merged_cases.as_seen_by_citizen(fresh(second)).is_open
    assert second.entries.filter(kind=Entry.Kind.REOPENED, notified_via="").count() == 1
    assert third.entries.filter(kind=Entry.Kind.REOPENED).count() == 1
    assert sound()


def test_a_bad_mark_of_one_opens_again_too(town: SmallTown, run_jobs: RunJobs) -> None:
    first, second = two(town)
    merge(second, first, town)
    handling.close(case_id=first.pk, reason="done", words="Bouché", other="Filled", proof="Vu", by=town.technician)
    run_jobs()
    closing = second.entries.get(kind=Entry.Kind.CLOSED)
    opinion = give_opinion(case_id=second.pk, closing=closing.seq, solved=False, mark=2, words="Not at all")
    assert fresh(first).is_open and opinion.reopening and opinion.reopening.case == second


def test_the_earliest_promise_holds_and_is_given_back(town: SmallTown, settings: Settings, run_jobs: RunJobs) -> None:
    first = request(town)
    settings.PARVIS_NOW = "2026-11-27T10:00:00-05:00"
    late = request(town)
    own = late.due_at
    merge(first, late, town)
    assert fresh(late).due_at == first.due_at
    part(first, town)
    assert fresh(late).due_at == own
    merge(first, late, town)
    handling.answer(case_id=late.pk, words="Bientôt", by=town.technician)  # anonymous: cannot be notified
    part(first, town)
    assert fresh(late).due_at == own and sound()


def test_a_date_that_was_told_stays(town: SmallTown, settings: Settings) -> None:
    first = request(town)
    settings.PARVIS_NOW = "2026-11-27T10:00:00-05:00"
    late = request(town, make_person(email="jeanne@exemple.ca"))
    merge(first, late, town)
    handling.answer(case_id=late.pk, words="Bientôt", by=town.technician)
    part(first, town)
    assert fresh(late).due_at == first.due_at


@pytest.mark.parametrize("state", ["new", "working", "asked", "waiting"])
def test_unmerging_gives_back_exactly_what_it_was(town: SmallTown, settings: Settings, state: str) -> None:
    first, second = two(town)
    if state != "new":
        handling.take(case_id=second.pk, by=town.technician)
    if state == "asked":
        handling.ask(case_id=second.pk, words="Where?", by=town.technician)
    if state == "waiting":
        handling.wait(case_id=second.pk, words="Hydro", by=town.technician)
    before = {
        **journal.projection(fresh(second)),
        "next_reminder_at": fresh(second).next_reminder_at,
        "reminders_sent": fresh(second).reminders_sent,
    }
    merge(second, first, town)
    assert fresh(second).next_reminder_at is None and not fresh(second).is_open and fresh(first).merged_count == 1
    part(second, town)
    after = fresh(second)
    assert {
        **journal.projection(after),
        "next_reminder_at": after.next_reminder_at,
        "reminders_sent": after.reminders_sent,
    } == before
    assert fresh(first).merged_count == 0 and sound()


def test_a_question_answered_meanwhile_is_answered(town: SmallTown, settings: Settings) -> None:
    first, second = two(town)
    handling.ask(case_id=second.pk, words="Where?", by=town.technician)
    merge(second, first, town)
    settings.PARVIS_NOW = "2026-11-26T10:00:00-05:00"
    citizen.reply(case_id=second.pk, words="By the church", by=Actor.citizen())
    settings.PARVIS_NOW = "2026-11-30T10:00:00-05:00"
    part(second, town)
    after = fresh(second)
    assert after.state == State.WORKING and not after.is_paused
    assert after.due_at and second.due_at and after.due_at > second.due_at
    echo = first.entries.get(kind=Entry.Kind.ECHOED)
    assert not echo.body and echo.data["reference"] == second.reference and sound()


def test_who_was_told_something_is_told_that_they_are_apart(town: SmallTown, run_jobs: RunJobs) -> None:
    first = request(town)
    quiet = request(town, make_person("Léa Roy", email="lea@exemple.ca"))
    notified = request(town, make_person("Luc Roy", email="luc@exemple.ca"))
    merge(notified, first, town)
    handling.answer(case_id=first.pk, words="Demain", by=town.technician)
    run_jobs()
    merge(quiet, first, town)
    Outgoing.objects.all().delete()
    part(quiet, town)
    part(notified, town)
    run_jobs()
    letter = Outgoing.objects.get()
    assert letter.to == "luc@exemple.ca" and notified.reference in letter.subject and "Un autre trou" not in letter.text


def test_someone_who_told_both_is_told_once(town: SmallTown, run_jobs: RunJobs) -> None:
    jeanne = make_person(email="jeanne@exemple.ca")
    first, second = request(town, jeanne), request(town, jeanne)
    merge(second, first, town)
    run_jobs()
    Outgoing.objects.all().delete()
    handling.answer(case_id=first.pk, words="Demain", by=town.technician)
    run_jobs()
    assert Outgoing.objects.count() == 1
    assert second.entries.filter(kind=Entry.Kind.ANSWERED, notified_via="").exists()


def test_withdrawing_leaves_the_others_their_work(town: SmallTown, run_jobs: RunJobs) -> None:
    first, second = two(town)
    merge(second, first, town)
    citizen.withdraw(case_id=first.pk, by=Actor.citizen())
    assert fresh(first).is_open and fresh(first).quiet_at
    citizen.withdraw(case_id=second.pk, by=Actor.citizen())
    Outgoing.objects.all().delete()
    handling.answer(case_id=first.pk, words="Demain", by=town.technician)
    run_jobs()
    assert not Outgoing.objects.exists() and not Callback.objects.exists()
    part(second, town)
    assert fresh(second).closing_reason == ClosingReason.WITHDRAWN and sound()
    citizen.reply(case_id=first.pk, words="Finalement, oui", by=Actor.citizen())
    assert fresh(first).quiet_at is None


def test_followers_come_along_and_the_last_merged_is_parted_first(town: SmallTown, run_jobs: RunJobs) -> None:
    first, second = two(town)
    third = request(town, make_person("Léa Roy", email="lea@exemple.ca"))
    merge(third, second, town)
    merge(second, first, town)
    handling.answer(case_id=first.pk, words="Demain", other="Tomorrow", by=town.technician)
    run_jobs()
    assert third.entries.get(kind=Entry.Kind.ANSWERED).body == "Demain"
    assert "not_fixed" not in transitions_for(town.agent, fresh(third)), "the one that all are handled with is open"
    with pytest.raises(Conflict):
        part(third, town)
    with pytest.raises(Conflict):
        merge(first, second, town)
    part(second, town)
    part(third, town)
    assert [fresh(case).merged_count for case in (first, second, third)] == [0, 0, 0] and sound()


def test_merging_twice_is_merging_once_and_a_reason_is_asked(town: SmallTown) -> None:
    first, second = two(town)
    with pytest.raises(Invalid):
        merging.merge(case_id=second.pk, into_id=first.pk, words=" ", by=Actor.staff(town.agent))
    merge(second, first, town)
    merge(second, first, town)
    assert fresh(first).merged_count == 1
    with pytest.raises(NotAllowed):
        merging.merge(case_id=request(town).pk, into_id=first.pk, words="x", by=Actor.staff(town.planner))


def test_erasing_words_erases_what_was_carried(town: SmallTown, run_jobs: RunJobs) -> None:
    first, second = two(town)
    merge(second, first, town)
    handling.answer(case_id=first.pk, words="Chez Jeanne", other="At Jeanne's", by=town.technician)
    run_jobs()
    part(second, town)
    entry = first.entries.get(kind=Entry.Kind.ANSWERED)
    erasure.erase_words(case_id=first.pk, seq=entry.seq, ground="Demande 12", by=town.privacy_officer)
    assert second.entries.get(kind=Entry.Kind.ANSWERED).body == "" and sound()


def test_links_are_written_in_both_journals(town: SmallTown) -> None:
    first, second = two(town)
    merging.link(case_id=second.pk, other_id=first.pk, by=town.agent)
    merging.link(case_id=first.pk, other_id=second.pk, by=town.agent)
    assert CaseLink.objects.count() == 1
    assert merged_cases.linked(first) == [second] and merged_cases.linked(second) == [first]
    merging.unlink(case_id=first.pk, other_id=second.pk, by=town.agent)
    assert first.entries.filter(kind=Entry.Kind.LINKED).count() == second.entries.filter(kind="linked").count() == 1
    assert first.entries.filter(kind=Entry.Kind.UNLINKED).exists() and not merged_cases.linked(first) and sound()
    with pytest.raises(Conflict):
        merging.link(case_id=first.pk, other_id=first.pk, by=town.agent)


def test_the_clock_gives_its_date_to_all(town: SmallTown, settings: Settings, run_jobs: RunJobs) -> None:
    first, second = two(town)
    merge(second, first, town)
    assert first.due_at
    settings.PARVIS_NOW = (first.due_at - (first.due_at - now()) / 20).isoformat()
    process_due_reminders()
    run_jobs()
    copy = second.entries.get(kind=Entry.Kind.PROMISED)
    assert "not finished" in copy.body and copy.gives("due_at")


def test_what_is_taken_back_is_told_no_more(town: SmallTown, run_jobs: RunJobs) -> None:
    first, second = two(town)
    third = request(town)
    merge(third, second, town)
    merge(second, first, town)
    for propagated in (True, False):
        handling.take(case_id=first.pk, by=town.technician)
        if propagated:
            run_jobs()
            assert "taken" in {entry.kind for entry in cases.journal(fresh(third), public=True)}
        undo.undo(case_id=first.pk, seq=fresh(first).seq, by=town.technician)
        run_jobs()
        for case in (second, third):
            assert "taken" not in {entry.kind for entry in cases.journal(fresh(case), public=True)}
            assert len(history_of_case(case).cases[0].steps) == len(cases.journal(fresh(case), public=True))
            assert case.entries.filter(kind=Entry.Kind.TAKEN).count() == 1


def test_someone_of_two_files_is_one_person(town: SmallTown, run_jobs: RunJobs) -> None:
    jeanne, other = make_person(email="jeanne@exemple.ca"), make_person("J. Arseneau", email="j@exemple.ca")
    first, second = (request(town, person, nature="complaint") for person in (jeanne, other))
    with pytest.raises(Conflict):
        merge(second, first, town)
    people.merge(kept_id=jeanne.pk, absorbed_id=other.pk, chosen={}, why="même date", by=town.agent)
    merge(second, first, town)
    run_jobs()
    Outgoing.objects.all().delete()
    handling.answer(case_id=first.pk, words="Demain", by=town.technician)
    run_jobs()
    assert Outgoing.objects.count() == 1 and second.entries.filter(kind=Entry.Kind.ANSWERED, notified_via="").exists()
