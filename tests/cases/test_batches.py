"""Bulk actions: the preview matches the outcome, once per key; they can be undone; journals stay valid."""

from collections.abc import Callable

import pytest

from parvis.apps.cases.models import Batch, Case, Entry
from parvis.apps.cases.queries.replies import unasked_in
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services import batches, handling
from parvis.apps.cases.services.batches import BatchAction
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.journal import projection, verify
from parvis.apps.cases.services.merging import merging
from parvis.apps.directory.models import Actor
from parvis.apps.insight.queries.figures import count
from parvis.apps.mail.models import Outgoing
from parvis.lib.clock import now, today
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.surfaces.public.follow.timeline import timeline
from tests.desk.case.made import opened
from tests.factories import SmallTown, make_person, unique


def shown(*cases: Case) -> dict[int, int]:
    return dict(Case.objects.filter(pk__in=[case.pk for case in cases]).values_list("pk", "seq"))


ACTIONS: list[Callable[[SmallTown], BatchAction]] = [
    lambda town: BatchAction(Transition.ASSIGN, to=town.manager),
    lambda town: BatchAction(Transition.PASS_ON, words="C’est à vous.", department=town.planning),
    lambda town: BatchAction(Transition.NOTE, words="Vu en équipe."),
    lambda town: BatchAction(Transition.CLOSE, words="C’est réparé.", reason="answered"),
]


@pytest.mark.parametrize("make", ACTIONS)
def test_it_is_foreseen_then_done_once_then_undone(town: SmallTown, make: Callable[[SmallTown], BatchAction]) -> None:
    action = make(town)
    cases = [opened(town, person=make_person(email=f"j{at}@exemple.ca")) for at in range(3)]
    handling.take(case_id=cases[1].pk, by=town.technician)
    gone = opened(town)
    handling.close(case_id=gone.pk, reason="answered", words="Fini.", by=town.technician)
    wanted = shown(*cases, gone)
    before = {case.pk: projection(Case.objects.get(pk=case.pk)) for case in cases}
    foreseen = batches.preview_batch(cases=wanted, asked=action, by=town.technician)
    able = {outcome.case.pk for outcome in foreseen if not outcome.refused}
    assert able == set(wanted) - ({gone.pk} if action.transition is not Transition.NOTE else set())
    assert shown(*cases, gone) == wanted and not Batch.objects.exists()
    key = unique()
    batches.do_batch(key=key, cases=wanted, asked=action, by=town.technician)
    batch = batches.do_batch(key=key, cases=wanted, asked=action, by=town.technician)  # sent twice
    assert {item.case_id for item in batch.items.filter(refused="")} == able
    assert all(seq == wanted[pk] + 1 for pk, seq in shown(*cases).items())
    touched = Case.objects.get(pk=cases[2].pk)
    handling.note(case_id=touched.pk, words="Entre-temps.", by=town.manager)
    batches.undo_batch(batch_id=batch.pk, by=town.technician)
    for case in cases[:2]:
        assert projection(Case.objects.get(pk=case.pk)) == before[case.pk]
        last = Entry.objects.filter(case=case).latest("seq").kind
        assert last == (Entry.Kind.REOPENED if action.transition is Transition.CLOSE else Entry.Kind.UNDONE)
    figures = count(today(), today())
    assert (
        figures.handed_on == (action.transition is Transition.PASS_ON) and figures.reopened == 0
    )  # the case left unchanged
    assert figures.closed == 1 + (action.transition is Transition.CLOSE)
    assert batch.items.get(case=touched).kept and not batch.items.get(case=touched).undone
    assert [wrong for _reference, wrong in verify() if wrong] == []
    with pytest.raises(Conflict):
        batches.undo_batch(batch_id=batch.pk, by=town.technician)


def test_a_question_put_before_a_closing_by_mistake_still_waits_for_its_reply(town: SmallTown) -> None:
    case = opened(town, person=make_person(email="j@exemple.ca"))
    handling.ask(case_id=case.pk, words="Quel poteau?", by=town.technician)
    action = BatchAction(Transition.CLOSE, words="C’est réparé.", reason="answered")
    batch = batches.do_batch(key=unique(), cases=shown(case), asked=action, by=town.technician)
    batches.undo_batch(batch_id=batch.pk, by=town.technician)
    citizen.reply(case_id=case.pk, words="Le H-22.", by=Actor.citizen())
    assert unasked_in(case) == set()
    citizen.reply(case_id=case.pk, words="Il penche aussi.", by=Actor.citizen())
    assert unasked_in(case) == {Case.objects.get(pk=case.pk).seq}


def test_each_citizen_is_told_of_a_closing_and_only_once_of_a_mistake(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    cases = [opened(town, person=make_person(email=f"k{at}@exemple.ca")) for at in range(2)]
    run_jobs()
    action = BatchAction(Transition.CLOSE, words="C’est réparé.", reason="answered")
    batch = batches.do_batch(key=unique(), cases=shown(cases[0]), asked=action, by=town.technician)
    batches.undo_batch(batch_id=batch.pk, by=town.technician)  # before the letter leaves
    run_jobs()
    assert not Outgoing.objects.filter(key__startswith=cases[0].reference, text__contains="réparé").exists()
    batch = batches.do_batch(key=unique(), cases=shown(cases[1]), asked=action, by=town.technician)
    run_jobs()
    batches.undo_batch(batch_id=batch.pk, by=town.technician)
    run_jobs()
    last = Entry.objects.filter(case=cases[1]).latest("seq")
    letter = Outgoing.objects.get(key=f"{cases[1].reference}/{last.seq}")
    assert last.kind == Entry.Kind.REOPENED and "fermée par erreur" in letter.text.replace("\u00a0", " ")


def closed(town: SmallTown, *cases: Case, words: str = "C’est réparé.", other: str = "") -> Batch:
    action = BatchAction(Transition.CLOSE, words=words, reason="answered", other=other)
    return batches.do_batch(key=unique(), cases=shown(*cases), asked=action, by=town.technician)


def test_who_wishes_to_hear_no_more_is_not_told_of_a_mistake(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    case = opened(town, person=make_person(email="quiet@exemple.ca"))
    batch = closed(town, case)
    run_jobs()
    Case.objects.filter(pk=case.pk).update(quiet_at=now())
    batches.undo_batch(batch_id=batch.pk, by=town.technician)
    assert Entry.objects.filter(case=case).latest("seq").notified_via == Entry.NotifiedVia.NOBODY


@pytest.mark.parametrize("late", [True, False])
def test_those_merged_hear_of_a_mistake_when_they_heard_of_the_closing(
    town: SmallTown, run_jobs: Callable[[], int], late: bool
) -> None:
    first, second = (opened(town, person=make_person(email=f"m{at}@exemple.ca")) for at in range(2))
    merging.merge(case_id=second.pk, into_id=first.pk, words="Le même", by=Actor.staff(town.agent))
    run_jobs()
    seq = shown(second)[second.pk]
    batch = closed(town, first)
    if not late:
        run_jobs()
    batches.undo_batch(batch_id=batch.pk, by=town.technician)
    run_jobs()
    later = list(Entry.objects.filter(case=second, seq__gt=seq).order_by("seq"))
    expected = [] if late else [(Entry.Kind.CLOSED, "email"), (Entry.Kind.REOPENED, "email")]
    assert [(entry.kind, entry.notified_via) for entry in later] == expected
    if not late:
        letter = Outgoing.objects.get(key=f"{second.reference}/{later[-1].seq}")
        assert "fermée par erreur" in letter.text.replace("\u00a0", " ")
        assert timeline(second, later[-1:], {})[0].title.startswith("Fermée par erreur")
    assert [wrong for _reference, wrong in verify() if wrong] == []


def test_a_closing_is_told_to_each_in_their_language(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    french = opened(town, person=make_person(email="fr@exemple.ca"))
    english = opened(town, person=make_person(email="en@exemple.ca"), language="en", english_ground="eligible")
    assert batches.notifies_in_english(cases=shown(english, french), by=town.technician)
    assert not batches.notifies_in_english(cases=shown(french), by=town.technician)
    refused = closed(town, english).items.get().refused
    assert "anglais" in refused and Case.objects.get(pk=english.pk).is_open
    closed(town, french, english, other="It is mended.")
    bodies = dict(Entry.objects.filter(kind=Entry.Kind.CLOSED).values_list("case_id", "body"))
    assert bodies == {french.pk: "C’est réparé.", english.pk: "It is mended."}


def test_a_second_click_on_undo_waits_and_does_nothing(town: SmallTown) -> None:
    batch = closed(town, opened(town))
    read_before = batch.items.get()
    batches.undo_batch(batch_id=batch.pk, by=town.technician)
    batches._undo_one(read_before, Transition.CLOSE, town.technician)
    item = batch.items.get()
    assert item.undone and not item.kept


def test_what_someone_changed_meanwhile_is_left_alone(town: SmallTown) -> None:
    case = opened(town)
    wanted = shown(case)
    handling.note(case_id=case.pk, words="Entre-temps.", by=town.technician)
    batch = batches.do_batch(
        key=unique(), cases=wanted, asked=BatchAction(Transition.ASSIGN, to=town.technician), by=town.technician
    )
    assert "depuis que la liste a été affichée" in batch.items.get().refused
    assert Case.objects.get(pk=case.pk).owner is None


def test_nobody_acts_beyond_their_role(town: SmallTown) -> None:
    case = opened(town)
    action = BatchAction(Transition.ASSIGN, to=town.technician)
    with pytest.raises(NotAllowed):
        batches.do_batch(key=unique(), cases=shown(case), asked=action, by=town.editor)
    batch = batches.do_batch(key=unique(), cases=shown(case), asked=action, by=town.planner)
    assert not batch.items.exists()  # cases that the user may not read are not listed
    refused = batches.do_batch(key=unique(), cases=shown(case), asked=action, by=town.agent)
    assert refused.items.get().refused
    with pytest.raises(NotFound):
        batches.undo_batch(batch_id=refused.pk, by=town.technician)
    with pytest.raises(Invalid):
        batches.preview_batch(cases=dict.fromkeys(range(batches.MOST + 1), 1), asked=action, by=town.agent)
