"""Presence on cases, mentions in notes, reminders, snippets, undoing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.queries import cases
from parvis.apps.cases.queries.access import may_read
from parvis.apps.cases.rules import placeholders
from parvis.apps.cases.services import handling, misrouting, undo
from parvis.apps.cases.services.journal import projection, verify
from parvis.apps.catalogue.queries.restrictions import restricted_subjects
from parvis.apps.directory.models import Town, User
from parvis.apps.directory.queries import departments_on
from parvis.apps.directory.rules.permissions import Action, Role
from parvis.apps.workspace import queries
from parvis.apps.workspace.loading import load_phrases
from parvis.apps.workspace.models import CasePresence, FollowUp, Mention
from parvis.apps.workspace.schemas import PhraseData
from parvis.apps.workspace.services import workspace
from parvis.lib.clock import now, today
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from parvis.lib.ingest.fields import Texts
from tests.desk.case.made import opened
from tests.factories import SmallTown, make_user

# --- Taking back ----------------------------------------------------------------------------------------------------

Do = Callable[[Case, SmallTown], Case]
MOVES: dict[str, Do] = {
    "take": lambda case, town: handling.take(case_id=case.pk, by=town.technician),
    "assign": lambda case, town: handling.assign(case_id=case.pk, to=town.manager, by=town.technician),
    "note": lambda case, town: handling.note(case_id=case.pk, words="Vu.", by=town.technician),
    "wait": lambda case, town: handling.wait(case_id=case.pk, words="Hydro.", by=town.technician),
    "pass on": lambda case, town: handling.pass_on(
        case_id=case.pk, department=town.planning, words="Bâtiment.", by=town.technician
    ),
    "not mine": lambda case, town: misrouting.not_mine(case_id=case.pk, words="Non.", by=town.technician),
}


def whole(case: Case) -> bool:
    """Whether the journal of that case is intact."""
    return [wrong for _reference, wrong in verify(Case.objects.filter(pk=case.pk))] == [[]]


@pytest.mark.parametrize("name", MOVES)
def test_what_is_taken_back_leaves_the_case_as_it_was_and_the_journal_whole(town: SmallTown, name: str) -> None:
    case = opened(town)
    if name == "assign":
        handling.take(case_id=case.pk, by=town.technician)
    before = (
        projection(Case.objects.get(pk=case.pk)),
        Case.objects.values_list("reminders_sent", "next_reminder_at").get(pk=case.pk),
    )
    changed = MOVES[name](case, town)
    workspace.undo_entry(case_id=case.pk, seq=changed.seq, by=town.technician)
    workspace.undo_entry(case_id=case.pk, seq=changed.seq, by=town.technician)
    after = Case.objects.get(pk=case.pk)
    assert (projection(after), (after.reminders_sent, after.next_reminder_at)) == before
    assert after.seq == changed.seq + 1, "sent twice, taken back once"
    assert whole(case)
    assert after.entries.filter(seq=changed.seq).exists(), "nothing is erased"
    kinds = [entry.kind for entry in cases.journal(after, public=True)]
    assert kinds == (["taken", "opened"] if name == "assign" else ["opened"]), "the citizen reads of neither"


def test_a_bounce_that_is_taken_back_is_not_counted(town: SmallTown) -> None:
    case = opened(town)
    refused = misrouting.not_mine(case_id=case.pk, words="Non.", by=town.technician, to=town.planning)
    assert misrouting.misroutings(case.subject_id, "voirie", "batiment") == 1
    workspace.undo_entry(case_id=case.pk, seq=refused.seq, by=town.technician)
    assert misrouting.misroutings(case.subject_id, "voirie", "batiment") == 0
    assert Case.objects.get(pk=case.pk).hand_offs == 0


def test_what_happened_since_is_told_and_nothing_is_taken_back(town: SmallTown) -> None:
    case = opened(town)
    taken = handling.take(case_id=case.pk, by=town.technician)
    handling.note(case_id=case.pk, words="Attention.", by=town.manager)
    with pytest.raises(Conflict, match="Marc Roy"):
        workspace.undo_entry(case_id=case.pk, seq=taken.seq, by=town.technician)
    assert Case.objects.get(pk=case.pk).owner == town.technician


def test_what_a_citizen_was_told_what_is_old_and_what_is_anothers_stays(town: SmallTown) -> None:
    case = opened(town)
    answered = handling.answer(case_id=case.pk, words="Jeudi.", by=town.technician)
    with pytest.raises(NotAllowed):
        workspace.undo_entry(case_id=case.pk, seq=answered.seq, by=town.technician)
    noted = handling.note(case_id=case.pk, words="Vu.", by=town.technician)
    with pytest.raises(NotFound):
        workspace.undo_entry(case_id=case.pk, seq=noted.seq, by=town.manager)
    entry = Entry.objects.get(case=case, seq=noted.seq)
    assert undo.may_undo(entry, town.technician, now())
    assert not undo.may_undo(entry, town.technician, now() + timedelta(minutes=11))


# --- Who else is there ----------------------------------------------------------------------------------------------


def test_who_looks_is_seen_for_a_moment_and_words_wait_without_being_told(town: SmallTown) -> None:
    case = opened(town)
    assert workspace.record_viewing(case=case, by=town.technician, writing=True) == []
    [seen] = workspace.record_viewing(case=case, by=town.manager, writing=False)
    assert (seen.name, seen.writing) == ("Tina Caron", True)
    workspace.leave(case=case, by=town.technician)
    assert workspace.record_viewing(case=case, by=town.manager, writing=False) == []
    CasePresence.objects.update(seen_at=now() - queries.LEASE - timedelta(seconds=1))
    assert workspace.record_viewing(case=case, by=town.technician, writing=False) == [], "a lease ends by itself"
    assert CasePresence.objects.count() == 1, "what lapsed is swept"


def test_looking_costs_one_query_between_two_writings(
    town: SmallTown, django_assert_num_queries: Callable[[int], object]
) -> None:
    case = opened(town)
    for user in [make_user(f"a{n}.b", (town.works, Role.TECHNICIAN)) for n in range(12)]:
        workspace.record_viewing(case=case, by=user, writing=False)
    workspace.record_viewing(case=case, by=town.technician, writing=False)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        workspace.record_viewing(case=case, by=town.technician, writing=False)


# --- Notes that call someone ----------------------------------------------------------------------------------------


def test_a_note_calls_a_colleague_until_they_look(town: SmallTown) -> None:
    case = opened(town)
    workspace.note(case_id=case.pk, words="@Marc.Roy, @tina.caron ou info@marc.roy?", by=town.technician)
    assert [mention.user for mention in Mention.objects.all()] == [town.manager], "oneself, and an e-mail, call nobody"
    assert queries.waiting(town.manager).mentions == 1
    workspace.record_viewing(case=case, by=town.manager, writing=False)
    assert queries.waiting(town.manager).mentions == 0


def test_a_note_may_hold_any_number_of_names(town: SmallTown) -> None:
    words = " ".join([*(f"@nobody.{n}" for n in range(1500)), "@marc.roy"])
    workspace.note(case_id=opened(town).pk, words=words, by=town.technician)
    assert queries.waiting(town.manager).mentions == 1


def test_every_colleague_who_may_read_is_proposed_by_one_query(
    town: SmallTown, django_assert_num_queries: Callable[[int], object]
) -> None:
    for n in range(40):
        make_user(f"zoe.a{n}", (town.planning, Role.TECHNICIAN))
    reader = make_user("zoe.z", (town.works, Role.TECHNICIAN), (town.desk, Role.AGENT))
    case = Case.objects.get(pk=opened(town).pk)
    restricted_subjects(), departments_on(town.manager, Action.READ_CASE)  # both read once a second at most
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert queries.colleagues("zoe", case) == [reader]
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        colleagues = queries.colleagues("", case, limit=50)
    assert colleagues and all(may_read(user, case) for user in colleagues) and town.technician in colleagues


def test_what_one_may_no_longer_read_waits_for_nobody(town: SmallTown) -> None:
    hidden, visible = opened(town), opened(town)
    for case in (visible, *[hidden] * 31):
        workspace.note(case_id=case.pk, words="@tina.caron", by=town.manager)
        workspace.follow_up(case=case, on=today() + timedelta(days=2), words="", by=town.technician)
    FollowUp.objects.filter(ended_at=None).update(on=today())
    assert queries.waiting(town.technician) == queries.Waiting(32, 2)
    handling.pass_on(case_id=hidden.pk, department=town.planning, words="Bâtiment.", by=town.manager)
    assert queries.waiting(town.technician) == queries.Waiting(1, 1)
    assert [mention.entry.case for mention in queries.mentions_of(town.technician)] == [visible]
    assert [follow_up.case for follow_up in queries.follow_ups_of(town.technician)] == [visible]


def test_a_note_taken_back_calls_nobody(town: SmallTown) -> None:
    case = opened(town)
    noted = workspace.note(case_id=case.pk, words="@marc.roy viens voir", by=town.technician)
    workspace.undo_entry(case_id=case.pk, seq=noted.seq, by=town.technician)
    assert queries.waiting(town.manager).mentions == 0


def test_a_note_does_not_call_someone_who_may_not_read_the_case(town: SmallTown) -> None:
    case = opened(town)
    with pytest.raises(Invalid, match="Paul Ouellet"):
        workspace.note(case_id=case.pk, words="@paul.ouellet?", by=town.technician)
    assert Case.objects.get(pk=case.pk).seq == case.seq, "and the note is not kept"


# --- To see again ---------------------------------------------------------------------------------------------------


def test_a_case_comes_back_on_its_day_and_its_promise_stands(town: SmallTown) -> None:
    case = opened(town)
    promised = Case.objects.get(pk=case.pk)
    workspace.follow_up(case=case, on=today() + timedelta(days=9), words="", by=town.technician)
    reminder = workspace.follow_up(case=case, on=today() + timedelta(days=2), words="Rappeler", by=town.technician)
    assert [follow_up.pk for follow_up in queries.follow_ups_of(town.technician)] == [reminder.pk], (
        "one day takes the other's place"
    )
    assert queries.waiting(town.technician).follow_ups == 0
    FollowUp.objects.filter(pk=reminder.pk).update(on=today())
    assert queries.waiting(town.technician).follow_ups == 1 and queries.waiting(town.manager).follow_ups == 0
    after = Case.objects.get(pk=case.pk)
    assert (after.due_at, after.seq, after.state) == (promised.due_at, promised.seq, State.NEW)
    workspace.end_follow_up(follow_up_id=reminder.pk, by=town.technician)
    assert queries.waiting(town.technician).follow_ups == 0
    workspace.resume_follow_up(follow_up_id=reminder.pk, by=town.technician)
    assert queries.waiting(town.technician).follow_ups == 1
    with pytest.raises(NotFound):
        workspace.end_follow_up(follow_up_id=reminder.pk, by=town.manager)
    with pytest.raises(Invalid):
        workspace.follow_up(case=case, on=today(), words="", by=town.technician)


@pytest.mark.django_db(transaction=True)
def test_two_hands_that_ask_at_the_same_instant_leave_one_reminder(town: SmallTown) -> None:
    case, day = opened(town), today() + timedelta(days=2)
    before = workspace.follow_up(case=case, on=day, words="", by=town.technician)
    workspace.end_follow_up(follow_up_id=before.pk, by=town.technician)

    def ask(_turn: int) -> None:
        try:
            workspace.follow_up(case=case, on=day, words="", by=town.technician)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as hands:
        list(hands.map(ask, range(8)))
    assert FollowUp.objects.filter(ended_at=None).count() == 1
    with pytest.raises(Conflict):
        workspace.resume_follow_up(follow_up_id=before.pk, by=town.technician)


# --- Ready phrases --------------------------------------------------------------------------------------------------


@given(st.text(alphabet="{}abnom :\n", max_size=40))
def test_a_phrase_is_filled_without_ever_failing_and_what_is_known_leaves_no_hole(words: str) -> None:
    filled_text = placeholders.filled(words, {"name": "Ida"}, "fr")
    if not placeholders.unknown(words):
        assert "{nom}" not in filled_text


def test_what_nothing_fills_stays_visible() -> None:
    assert placeholders.filled("{nom}, {Référence}: {promise}", {"reference": "26-1"}, "fr") == (
        "[nom de la personne], 26-1: [date promise]"
    )
    assert placeholders.unknown("{nom} {date}") == ["date"]


def test_phrases_are_ones_own_or_shared_by_who_may(town: SmallTown) -> None:
    words: dict[str, Any] = {"words_fr": "Bonjour {nom}", "words_en": ""}
    mine = workspace.keep_snippet(name="bonjour", **words, by=town.technician, shared=False)
    house = workspace.keep_snippet(name="merci", **words, by=town.editor, shared=True)
    rooms = workspace.keep_snippet(name="voirie", **words, by=town.manager, shared=True, department=town.works)
    assert queries.snippets_of(town.technician) == [mine, house, rooms]
    assert queries.snippets_of(town.planner) == [house]
    with pytest.raises(NotAllowed):
        workspace.keep_snippet(name="x", **words, by=town.technician, shared=True)
    with pytest.raises(NotAllowed):
        workspace.drop_snippet(snippet_id=house.pk, by=town.technician)
    with pytest.raises(NotFound):
        workspace.drop_snippet(snippet_id=mine.pk, by=town.manager)
    with pytest.raises(Invalid):
        workspace.keep_snippet(name="Bonjour", **words, by=town.technician, shared=False)
    with pytest.raises(Invalid):
        workspace.keep_snippet(name="trou", words_fr="{jamais}", words_en="", by=town.technician, shared=False)
    workspace.drop_snippet(snippet_id=mine.pk, by=town.technician)
    assert queries.snippets_of(town.technician) == [house, rooms]


def test_a_phrase_is_proposed_in_the_language_of_whom_it_is_for(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    workspace.keep_snippet(
        name="date", words_fr="Promis: {promesse}", words_en="Promised: {promise}", by=town.editor, shared=True
    )
    Town.objects.update(english=Town.English.OPEN)
    case = opened(town, language="en")
    client, here = signed_in(town.technician), f"/desk/snippets/pick?q=da&case={case.reference}"
    to_citizen = client.get(f"{here}&citizen=").content.decode()
    to_colleague = client.get(here).content.decode()
    assert "Promised: " in to_citizen and "Promis: " in to_colleague and "{" not in to_citizen
    assert "Promis: " in client.get(f"{here}&citizen=fr").content.decode(), "the letter's own choice comes first"
    assert client.get("/desk/snippets/pick?q=nothing").content.decode().strip() == ""


def test_the_phrases_of_the_town_are_put_in_once(town: SmallTown) -> None:
    given = [
        PhraseData(name="recu", words=Texts("Reçu, {nom}", "Received, {name}")),
        PhraseData(name="trou", words=Texts("Un trou", ""), department="voirie"),
    ]
    assert load_phrases(phrases=given).created == 2
    [mine, _trou] = queries.snippets_of(town.technician)
    workspace.keep_snippet(
        name="recu", words_fr="Bien reçu", words_en="", by=town.editor, shared=True, snippet_id=mine.pk
    )
    assert load_phrases(phrases=given).created == 0
    assert [snippet.words_fr for snippet in queries.snippets_of(town.planner)] == ["Bien reçu"]
