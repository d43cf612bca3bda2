"""One gesture on many cases: what is shown is what is done, once; what was done is undone; every journal holds."""

from collections.abc import Callable

import pytest

from parvis.cases import services
from parvis.cases.batch_models import Batch
from parvis.cases.journal import projection, verify
from parvis.cases.models import Case, Entry
from parvis.cases.services import Gesture
from parvis.cases.states import Move
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.mail.models import Outgoing
from tests.desk.case.made import opened
from tests.factories import SmallTown, make_person, unique


def shown(*cases: Case) -> dict[int, int]:
    return dict(Case.objects.filter(pk__in=[case.pk for case in cases]).values_list("pk", "seq"))


GESTURES: list[Callable[[SmallTown], Gesture]] = [
    lambda town: Gesture(Move.ASSIGN, to=town.manager),
    lambda town: Gesture(Move.PASS_ON, words="C’est à vous.", department=town.planning),
    lambda town: Gesture(Move.NOTE, words="Vu en équipe."),
    lambda town: Gesture(Move.CLOSE, words="C’est réparé.", reason="answered"),
]


@pytest.mark.parametrize("gesture", GESTURES)
def test_it_is_foreseen_then_done_once_then_undone(town: SmallTown, gesture: Callable[[SmallTown], Gesture]) -> None:
    asked = gesture(town)
    cases = [opened(town, person=make_person(email=f"j{at}@exemple.ca")) for at in range(3)]
    services.take(case_id=cases[1].pk, by=town.technician)
    gone = opened(town)
    services.close(case_id=gone.pk, reason="answered", words="Fini.", by=town.technician)
    wanted = shown(*cases, gone)
    before = {case.pk: projection(Case.objects.get(pk=case.pk)) for case in cases}
    foreseen = services.foresee_batch(cases=wanted, asked=asked, by=town.technician)
    able = {one.case.pk for one in foreseen if not one.refused}
    assert able == set(wanted) - ({gone.pk} if asked.move is not Move.NOTE else set())
    assert shown(*cases, gone) == wanted and not Batch.objects.exists()
    key = unique()
    services.do_batch(key=key, cases=wanted, asked=asked, by=town.technician)
    batch = services.do_batch(key=key, cases=wanted, asked=asked, by=town.technician)  # sent twice
    assert {item.case_id for item in batch.items.filter(refused="")} == able
    assert all(seq == wanted[pk] + 1 for pk, seq in shown(*cases).items())
    touched = Case.objects.get(pk=cases[2].pk)
    services.note(case_id=touched.pk, words="Entre-temps.", by=town.manager)
    services.undo_batch(batch_id=batch.pk, by=town.technician)
    for case in cases[:2]:
        assert projection(Case.objects.get(pk=case.pk)) == before[case.pk]
    assert batch.items.get(case=touched).kept and not batch.items.get(case=touched).undone
    assert [wrong for _reference, wrong in verify() if wrong] == []
    with pytest.raises(Conflict):
        services.undo_batch(batch_id=batch.pk, by=town.technician)


def test_each_citizen_is_told_of_a_closing_and_only_once_of_a_mistake(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    cases = [opened(town, person=make_person(email=f"k{at}@exemple.ca")) for at in range(2)]
    run_jobs()
    asked = Gesture(Move.CLOSE, words="C’est réparé.", reason="answered")
    batch = services.do_batch(key=unique(), cases=shown(cases[0]), asked=asked, by=town.technician)
    services.undo_batch(batch_id=batch.pk, by=town.technician)  # before the letter leaves
    run_jobs()
    assert not Outgoing.objects.filter(key__startswith=cases[0].reference, text__contains="réparé").exists()
    batch = services.do_batch(key=unique(), cases=shown(cases[1]), asked=asked, by=town.technician)
    run_jobs()
    services.undo_batch(batch_id=batch.pk, by=town.technician)
    run_jobs()
    last = Entry.objects.filter(case=cases[1]).latest("seq")
    letter = Outgoing.objects.get(key=f"{cases[1].reference}/{last.seq}")
    assert last.kind == Entry.Kind.REOPENED and "fermée par erreur" in letter.text.replace("\u00a0", " ")


def test_what_someone_changed_meanwhile_is_left_alone(town: SmallTown) -> None:
    case = opened(town)
    wanted = shown(case)
    services.note(case_id=case.pk, words="Entre-temps.", by=town.technician)
    batch = services.do_batch(
        key=unique(), cases=wanted, asked=Gesture(Move.ASSIGN, to=town.technician), by=town.technician
    )
    assert batch.items.get().refused and Case.objects.get(pk=case.pk).owner is None


def test_nobody_acts_beyond_their_role(town: SmallTown) -> None:
    case = opened(town)
    asked = Gesture(Move.ASSIGN, to=town.technician)
    with pytest.raises(NotAllowed):
        services.do_batch(key=unique(), cases=shown(case), asked=asked, by=town.editor)
    batch = services.do_batch(key=unique(), cases=shown(case), asked=asked, by=town.planner)
    assert not batch.items.exists()  # a case that one may not read is not even named
    refused = services.do_batch(key=unique(), cases=shown(case), asked=asked, by=town.agent)
    assert refused.items.get().refused
    with pytest.raises(NotFound):
        services.undo_batch(batch_id=refused.pk, by=town.technician)
    with pytest.raises(Invalid):
        services.foresee_batch(cases=dict.fromkeys(range(services.MOST + 1), 1), asked=asked, by=town.agent)
