"""The life of a case through the services, from its opening to its second closing, with letters and journal."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case, ClosingReason, Entry, State
from parvis.apps.cases.queries import cases
from parvis.apps.cases.queries.lists.case_search import SearchFilter, search_cases
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.indexing import index_new_cases
from parvis.apps.cases.services.journal import verify
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature, RoutingRule
from parvis.apps.directory.models import Absence, Actor
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.intake.models import Callback
from parvis.apps.mail.models import Outgoing
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import SmallTown, make_person, make_user, unique

MONDAY = "2026-11-23T10:00:00-05:00"


@pytest.fixture(autouse=True)
def _monday(settings: Settings) -> None:
    settings.PARVIS_NOW = MONDAY


def asked(town: SmallTown, **values: object) -> NewCase:
    given = {
        "key": unique(),
        "subject": town.streetlight,
        "nature": Nature.REQUEST,
        "channel": "phone",
        "words": "Il fait noir devant chez nous.",
        "address": town.address,
    }
    return NewCase(**{**given, **values})  # type: ignore[arg-type]


def opened(town: SmallTown, **values: object) -> Case:
    return open_case(asked(town, **values), by=Actor.staff(town.agent)).case


def sound() -> bool:
    return all(not wrong for _reference, wrong in verify())


def test_opening_routes_promises_and_tells(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    person = make_person(email="jeanne@exemple.ca")
    result = open_case(asked(town, person=person), by=Actor.staff(town.agent))
    assert result.created
    assert result.case.department == town.works
    assert result.case.due_at == datetime(2026, 11, 30, 15, 0, tzinfo=UTC), "five working days, at the same hour"
    run_jobs()
    letter = Outgoing.objects.get()
    assert (letter.to, letter.state) == ("jeanne@exemple.ca", Outgoing.State.SENT)
    assert result.case.reference in letter.subject
    assert f"/suivi/{result.case.secret}/" in letter.text
    assert "lundi 30 novembre" in letter.text.replace("\u00a0", " ")
    assert sound()


def test_the_same_submission_twice_makes_one_case(town: SmallTown) -> None:
    request = asked(town, person=make_person(email="j@exemple.ca"))
    first = open_case(request, by=Actor.staff(town.agent))
    second = open_case(request, by=Actor.staff(town.agent))
    assert (first.created, second.created) == (True, False)
    assert first.case.pk == second.case.pk
    assert Outgoing.objects.count() == 1


def test_references_follow_each_other_and_begin_again_each_year(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2041-12-30T09:00:00-05:00"  # unique years: on PostgreSQL a sequence outlives the test
    assert [opened(town).reference[:7] for _ in range(2)] == ["41-0001", "41-0002"]
    settings.PARVIS_NOW = "2042-01-06T09:00:00-05:00"
    assert opened(town).reference[:7] == "42-0001"


def test_what_is_missing_is_said_field_by_field(town: SmallTown) -> None:
    town.pothole.questions.update(required=True)
    with pytest.raises(Invalid) as refused:
        open_case(asked(town, subject=town.pothole, address=None), by=Actor.staff(town.agent))
    assert set(refused.value.fields) == {"place", "taille"}
    with pytest.raises(Invalid) as refused:
        open_case(asked(town, subject=town.pothole, details={"taille": "immense"}), by=Actor.staff(town.agent))
    assert set(refused.value.fields) == {"taille"}
    assert not Case.objects.exists()


def test_answers_to_the_questions_are_kept_in_words(town: SmallTown) -> None:
    case = opened(town, subject=town.pothole, details={"taille": "grand"})
    assert [(d["key"], d["shown_fr"], d["shown_en"]) for d in case.details] == [("taille", "Grand", "Large")]


def test_a_rule_sends_it_elsewhere_and_says_why(town: SmallTown) -> None:
    RoutingRule.objects.create(
        position=1, name="quai", streets=["rue du Quai"], to=town.planning, owner=town.planner, why_fr="Le quai.",
        why_en="The quay.",
    )  # fmt: skip
    case = opened(town)
    assert (case.department, case.owner, case.why_here_fr) == (town.planning, town.planner, "Le quai.")


def test_someone_absent_is_replaced_by_their_delegate(town: SmallTown) -> None:
    delegate = make_user("dora.roy", (town.planning, Role.TECHNICIAN))
    day = date(2026, 11, 23)
    Absence.objects.create(user=town.planner, first_day=day, last_day=day, delegate=delegate)
    RoutingRule.objects.create(position=1, name="tout", to=town.planning, owner=town.planner, why_fr="-", why_en="-")
    assert opened(town).owner == delegate


def test_what_belongs_to_an_outside_body_stays_followed_here(town: SmallTown) -> None:
    RoutingRule.objects.create(position=1, name="police", words=["vacarme"], to=town.police, why_fr="-", why_en="-")
    case = opened(town, words="Quel vacarme cette nuit")
    assert (case.department, case.external_body) == (town.works, town.police)


def test_a_question_stops_the_clock_and_the_reply_starts_it_again(
    town: SmallTown, settings: Settings, run_jobs: Callable[[], int]
) -> None:
    case = opened(town, person=make_person(email="j@exemple.ca"))
    handling.ask(case_id=case.pk, words="Quel numéro est écrit sur le poteau?", by=town.technician)
    case.refresh_from_db()
    assert case.is_paused and case.state == State.ASKED
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"
    citizen.reply(case_id=case.pk, words="H-22", by=Actor.citizen())
    case.refresh_from_db()
    assert case.state == State.WORKING
    assert case.due_at == datetime(2026, 12, 2, 15, 0, tzinfo=UTC), "two working days later than promised"
    assert sound()


def test_nobody_can_be_asked_without_a_way_to_reach_them(town: SmallTown) -> None:
    case = opened(town)
    with pytest.raises(Invalid):
        handling.ask(case_id=case.pk, words="Où?", by=town.technician)


def test_without_email_a_call_is_owed(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    case = opened(town, person=make_person(phone="+14185550199"))
    run_jobs()
    assert not Callback.objects.exists(), "the agent has just read the reference aloud"
    handling.answer(case_id=case.pk, words="Le poteau sera remplacé.", by=town.technician)
    run_jobs()
    callback = Callback.objects.get()
    assert (callback.phone, callback.reason) == ("+14185550199", "Le poteau sera remplacé.")
    assert callback.due_at == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


def test_someone_who_does_not_wish_to_be_contacted_is_left_alone(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    case = opened(town, person=make_person(email="j@exemple.ca", phone="+14185550199", reach="none"))
    handling.answer(case_id=case.pk, words="Fait.", by=town.technician)
    run_jobs()
    assert not Outgoing.objects.exists() and not Callback.objects.exists()


def test_passing_on_needs_a_reason_and_is_counted(town: SmallTown) -> None:
    case = opened(town)
    with pytest.raises(Invalid) as refused:
        handling.pass_on(case_id=case.pk, department=town.planning, words=" ", by=town.technician)
    assert "words" in refused.value.fields
    with pytest.raises(Invalid) as refused:
        handling.pass_on(case_id=case.pk, department=town.police, words="À eux.", by=town.technician)
    assert "department" in refused.value.fields
    handling.pass_on(case_id=case.pk, department=town.planning, words="Terrain privé.", by=town.technician)
    case.refresh_from_db()
    assert (case.department, case.owner, case.hand_offs, case.state) == (town.planning, None, 1, State.NEW)
    with pytest.raises(NotAllowed):
        handling.take(case_id=case.pk, by=town.technician)


def test_closing_demands_the_proof_that_the_subject_asks(town: SmallTown) -> None:
    case = opened(town, subject=town.pothole)
    with pytest.raises(Invalid) as refused:
        handling.close(case_id=case.pk, reason=ClosingReason.DONE, words="Bouché.", by=town.technician)
    assert "proof" in refused.value.fields
    handling.close(
        case_id=case.pk, reason=ClosingReason.DONE, words="Bouché.", proof="Enrobé à chaud, 1 m²", by=town.technician
    )
    case.refresh_from_db()
    assert case.state == State.CLOSED and case.closed_at is not None


def test_not_fixed_reopens_the_same_case_one_level_up(
    town: SmallTown, run_jobs: Callable[[], int], settings: Settings
) -> None:
    case = opened(town, person=make_person(email="j@exemple.ca"))
    handling.close(case_id=case.pk, reason=ClosingReason.DONE, words="Ampoule changée.", by=town.technician)
    settings.PARVIS_NOW = "2026-12-07T10:00:00-05:00"
    citizen.not_fixed(case_id=case.pk, words="Toujours noir.", by=Actor.citizen())
    case.refresh_from_db()
    head = town.works.head
    assert (case.level, case.state, case.owner) == (1, State.NEW, head)
    assert case.due_at == datetime(2026, 12, 14, 15, 0, tzinfo=UTC)
    assert case.closed_at is None
    handling.close(case_id=case.pk, reason=ClosingReason.DONE, words="Fil refait.", by=town.manager)
    closings = Entry.objects.filter(case=case, kind=Entry.Kind.CLOSED).order_by("seq")
    assert [entry.body for entry in closings] == ["Ampoule changée.", "Fil refait."], "both stay in the record"
    run_jobs()
    assert Outgoing.objects.filter(state=Outgoing.State.SENT).count() == 4
    assert sound()


def test_a_comment_is_thanked_passed_on_and_promised_nothing(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    person = make_person(email="j@exemple.ca")
    case = opened(town, subject=town.opinion, nature=Nature.COMMENT, person=person, words="Beau sapin!")
    assert (case.due_at, case.promise, case.department) == (None, "", town.desk)
    run_jobs()
    assert "Beau sapin!" in Outgoing.objects.get().text
    assert Outgoing.objects.get().renderer.endswith("thanked")
    with pytest.raises(Conflict):
        handling.ask(case_id=case.pk, words="Lequel?", by=town.manager)
    handling.close(case_id=case.pk, reason=ClosingReason.PASSED, words="", by=town.manager)
    run_jobs()
    assert Outgoing.objects.count() == 1, "a comment noted without words writes to nobody"
    report = cases.comments_report(datetime(2026, 11, 1, tzinfo=UTC))
    assert [(row["subject_fr"], row["total"], row["noted"]) for row in report] == [("Commentaire", 1, 1)]


def test_a_new_date_is_a_working_day_to_come_with_its_reason(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    case = opened(town, person=make_person(email="j@exemple.ca"))
    for wrong in (date(2026, 11, 20), date(2026, 11, 28)):
        with pytest.raises(Invalid) as refused:
            handling.new_date(case_id=case.pk, due=wrong, words="Pièce en retard.", by=town.technician)
        assert "due" in refused.value.fields
    handling.new_date(case_id=case.pk, due=date(2026, 12, 11), words="Pièce en retard.", by=town.technician)
    run_jobs()
    letter = Outgoing.objects.latest("pk")
    assert "Pièce en retard." in letter.text and "11 décembre" in letter.text.replace("\u00a0", " ")


def test_what_someone_else_changed_meanwhile_is_not_overwritten(town: SmallTown) -> None:
    case = opened(town)
    handling.note(case_id=case.pk, words="Vu.", by=town.technician)
    with pytest.raises(Conflict):
        handling.close(case_id=case.pk, reason="done", words="Fait.", by=town.technician, expect=case.seq)
    assert Case.objects.get().is_open


def test_who_may_do_what_with_one_case(town: SmallTown) -> None:
    case = opened(town)
    for stranger in (town.planner, town.editor, town.privacy_officer):
        with pytest.raises(NotAllowed):
            handling.answer(case_id=case.pk, words="Oui.", by=stranger)
    with pytest.raises(NotAllowed):
        handling.answer(case_id=case.pk, words="Oui.", by=town.agent)
    handling.note(case_id=case.pk, words="La dame a rappelé.", by=town.agent)
    handling.answer(case_id=case.pk, words="Oui.", by=town.manager)


@pytest.mark.parametrize("rows", [1, 50])
def test_the_queue_costs_the_same_at_1_and_50(
    town: SmallTown, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        opened(town)
    cases.queue([town.works.pk], user=town.technician)
    cases.counts(town.works.pk, town.technician)
    with django_assert_max_num_queries(2):
        page = cases.queue([town.works.pk], user=town.technician)
        assert cases.counts(town.works.pk, town.technician)["open"] == rows
        assert [str(row.case.address) for row in page.rows] == [str(town.address)] * rows


def test_the_queue_is_ordered_by_promise_and_paged_by_key(town: SmallTown, settings: Settings) -> None:
    start = datetime(2026, 11, 2, 10, tzinfo=UTC)
    for days in (3, 1, 4, 0, 2):
        settings.PARVIS_NOW = (start + timedelta(days=days)).isoformat()
        opened(town)
    settings.PARVIS_NOW = (start + timedelta(days=8)).isoformat()
    first = cases.queue([town.works.pk], user=town.technician, limit=3)
    second = cases.queue([town.works.pk], user=town.technician, limit=3, after=first.next)
    dues = [row.case.due_at for row in first.rows + second.rows if row.case.due_at]
    assert len(dues) == 5 and dues == sorted(dues) and second.next is None
    late = sum(due < start + timedelta(days=8) for due in dues)
    assert cases.counts(town.works.pk, town.technician)["late"] == late
    assert first.rows[0].group == "late"


def test_a_secret_or_a_code_opens_only_its_own_case(town: SmallTown) -> None:
    result, two = opened(town), opened(town)
    case = cases.by_secret(result.secret)
    assert case and case.pk == result.pk
    assert cases.by_secret(result.secret[:-1] + "x") is None
    assert cases.by_reference_and_code(result.reference, two.code) is None
    assert cases.by_reference_and_code("26-9999-A", result.code) is None
    typed = cases.by_reference_and_code(result.reference.lower().replace("-", " "), result.code.lower())
    assert typed and typed.pk == result.pk


def test_a_question_passed_on_still_waits_for_its_reply(town: SmallTown) -> None:
    case = opened(town, person=make_person(email="j@exemple.ca"))
    handling.ask(case_id=case.pk, words="Où?", by=town.technician)
    handling.pass_on(case_id=case.pk, department=town.planning, words="Vôtre.", by=town.technician)
    case.refresh_from_db()
    assert (case.department, case.state, case.is_paused) == (town.planning, State.ASKED, True)
    citizen.reply(case_id=case.pk, words="Ici.", by=Actor.citizen())
    case.refresh_from_db()
    assert case.state == State.WORKING and sound()


def test_one_finds_ones_own_case_behind_many_others(town: SmallTown) -> None:
    mine = opened(town, words="Une grenouille", subject=town.opinion, nature=Nature.REQUEST)
    handling.pass_on(case_id=mine.pk, department=town.works, words="Vôtre.", by=town.manager)
    for _ in range(12):
        opened(town, words="Une grenouille", subject=town.opinion, nature=Nature.REQUEST)
    index_new_cases()
    assert [case.pk for case in search_cases("grenouille", SearchFilter(), user=town.technician).cases] == [mine.pk]
