"""Incidents: one cause, many contacts, updates to each follower by their own channel, and the end."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.letters import postal_letters
from parvis.apps.cases.models import (
    Case,
    ClosingReason,
    Entry,
    FollowerNotification,
    Incident,
    PaperLetter,
    Report,
    State,
)
from parvis.apps.cases.queries import incidents as queries
from parvis.apps.cases.services import journal
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.incidents import incidents
from parvis.apps.cases.services.incidents.incident_news import end_incident, notify_followers, send_update
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import Actor, Membership, User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.intake import tasks
from parvis.apps.intake.models import Callback
from parvis.apps.mail.models import Outgoing
from parvis.apps.places.models import Street
from parvis.apps.residents.models import Person
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from tests.factories import SmallTown, make_address, make_person, unique

RunJobs = Callable[[], int]
WORDS = {
    "title_fr": "Bris d’aqueduc", "title_en": "Water main break",
    "say_fr": "Une équipe est sur place.", "say_en": "A crew is on site.",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _wednesday(settings: Settings, town: SmallTown) -> None:
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"
    let_them_decide(town, settings)


def let_them_decide(town: SmallTown, settings: Settings) -> None:
    """Those who open incidents also hold communications, and decide alone; second persons: test_incident_approvals."""
    settings.PARVIS_EMERGENCY_DECIDERS = ["communications"]
    for user in (town.agent, town.technician, town.manager):
        Membership.objects.create(user=user, department=town.desk, role=Role.COMMUNICATIONS)


def words(**more: Any) -> incidents.Words:
    """The text of an incident; in the whole town unless a street or a sector is given."""
    return incidents.Words(**WORDS | {"whole_town": not more.keys() & {"street", "sector"}} | more)


def opened(town: SmallTown, **more: Any) -> Incident:
    return incidents.open_incident(key=unique(), words=words(**more), department=town.works, by=town.agent)


def join(incident: Incident, by: User, person: Person | None = None, **more: Any) -> Report:
    joining = incidents.Joining(key=unique(), channel="phone", person=person, **more)
    return incidents.join_incident(incident_id=incident.pk, joining=joining, by=by)


def request(town: SmallTown, person: Person | None = None, **more: Any) -> Case:
    values = {"subject": town.streetlight, "nature": "request", "channel": "phone", "words": "Il fait noir", **more}
    return open_case(NewCase(key=unique(), person=person, **values), by=Actor.staff(town.agent)).case


def update(incident: Incident, by: User, **more: Any) -> Any:
    texts = {"words_fr": "L’eau revient vers 20 h.", "words_en": "Water is back around 8 p.m.", "key": unique()}
    return send_update(incident_id=incident.pk, by=by, **texts | more)


def end(incident: Incident, by: User, **more: Any) -> Any:
    texts = {"words_fr": "C’est réparé.", "words_en": "It is repaired.", "reason": ClosingReason.DONE, "key": unique()}
    return end_incident(incident_id=incident.pk, by=by, **texts | more)


# --- Opening -------------------------------------------------------------------------------------------------------


def test_the_same_key_opens_one_incident(town: SmallTown) -> None:
    first = incidents.open_incident(key="k", words=words(), department=town.works, by=town.agent)
    again = incidents.open_incident(key="k", words=words(title_fr="Autre"), department=town.works, by=town.agent)
    assert first == again and Incident.objects.count() == 1
    assert [incident.pk for incident in queries.in_progress()] == [first.pk]


@pytest.mark.parametrize(
    ("field", "value"),
    [("title_fr", ""), ("title_en", " "), ("say_fr", ""), ("say_en", ""), ("say_fr", "x" * 601), ("civic_from", 12)],
)
def test_what_is_missing_is_named(town: SmallTown, field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        opened(town, **{field: value})
    assert list(refused.value.fields) == [field]


def test_nobody_alarms_the_whole_town_without_choosing_it(town: SmallTown) -> None:
    with pytest.raises(Invalid) as refused:
        opened(town, whole_town=False)
    assert list(refused.value.fields) == ["street"] and not Incident.objects.exists()
    street = Street.objects.get(pk=make_address(90).street_id)
    with pytest.raises(Invalid) as refused:
        opened(town, street=street, whole_town=True)
    assert list(refused.value.fields) == ["whole_town"] and not Incident.objects.exists()


def test_a_correction_does_not_widen_an_incident_to_the_whole_town_by_leaving_its_place_out(town: SmallTown) -> None:
    street = Street.objects.get(pk=make_address(90).street_id)
    incident = opened(town, street=street)
    with pytest.raises(Invalid):
        incidents.correct_incident(incident_id=incident.pk, words=words(whole_town=False), by=town.agent)
    incident.refresh_from_db()
    assert incident.notice.street == street


def test_an_end_expected_in_the_past_is_refused(town: SmallTown) -> None:
    with pytest.raises(Invalid) as refused:
        opened(town, until=now())
    assert list(refused.value.fields) == ["until"]


def test_only_who_may_opens_one(town: SmallTown) -> None:
    for someone in (town.editor, town.privacy_officer, town.citizen):
        with pytest.raises(NotAllowed):
            incidents.open_incident(key=unique(), words=words(), department=town.works, by=someone)


def test_what_was_said_before_a_correction_is_kept(town: SmallTown) -> None:
    incident = opened(town)
    incidents.correct_incident(incident_id=incident.pk, words=words(say_fr="Deux équipes."), by=town.technician)
    incident.refresh_from_db()
    assert incident.notice.say_fr == "Deux équipes."
    assert [correction["before"] for correction in incident.corrections] == [{"say_fr": "Une équipe est sur place."}]
    assert incident.corrections[0]["by"] == town.technician.display_name


# --- Joining and taking back ---------------------------------------------------------------------------------------


def test_everyone_is_counted_and_who_can_be_reached_follows(town: SmallTown) -> None:
    incident = opened(town)
    jeanne = make_person(email="jeanne@exemple.ca")
    joined = [
        join(incident, town.agent, jeanne),
        join(incident, town.agent, jeanne),  # calls again: counted, notified once
        join(incident, town.agent),  # anonymous, without number
        join(incident, town.agent, phone="+14185550111"),
        join(incident, town.agent, make_person("Luc Roy", phone="+14185550112"), follows=False),
        join(incident, town.agent, make_person("Ève Roy", phone="+14185550113", reach=Person.Reach.NONE)),
    ]
    assert [report.follows for report in joined] == [True, False, False, True, False, False]
    counted = queries.counted(incident.opened_at, now().replace(year=2027))
    assert (counted.incidents, counted.reports) == (1, 6)
    assert queries.in_progress()[0].told_by == 6  # type: ignore[attr-defined]


def test_a_report_taken_back_counts_no_more(town: SmallTown) -> None:
    incident = opened(town)
    report = join(incident, town.agent, make_person(email="a@exemple.ca"))
    with pytest.raises(NotAllowed):
        incidents.leave_incident(report_id=report.pk, by=town.agent_and_technician)
    incidents.leave_incident(report_id=report.pk, by=town.agent)
    incidents.leave_incident(report_id=report.pk, by=town.agent)
    assert queries.in_progress()[0].told_by == 0  # type: ignore[attr-defined]
    assert queries.following(incident).followers == 0


def test_an_incident_opened_by_mistake_is_taken_back_until_others_joined(town: SmallTown) -> None:
    mistake, shared = opened(town), opened(town)
    with pytest.raises(NotAllowed):
        incidents.undo_incident(incident_id=mistake.pk, by=town.technician)
    incidents.undo_incident(incident_id=mistake.pk, by=town.agent)
    join(shared, town.agent_and_technician)
    with pytest.raises(Conflict):
        incidents.undo_incident(incident_id=shared.pk, by=town.agent)
    assert [incident.pk for incident in queries.in_progress()] == [shared.pk]
    assert queries.counted(shared.opened_at.replace(year=2025), now().replace(year=2027)).incidents == 1
    with pytest.raises(Conflict):
        join(mistake, town.agent)


def test_a_request_is_joined_once_and_its_journal_holds(town: SmallTown) -> None:
    incident, case = opened(town), request(town, make_person(email="a@exemple.ca"))
    first = incidents.join_case(incident_id=incident.pk, case_id=case.pk, by=town.technician)
    assert incidents.join_case(incident_id=incident.pk, case_id=case.pk, by=town.technician) == first
    incidents.leave_incident(report_id=first.pk, by=town.technician)
    kinds = list(Entry.objects.filter(case=case).values_list("kind", flat=True))
    assert kinds == ["opened", "joined", "left"]
    assert dict(journal.verify())[case.reference] == []


def test_a_comment_or_a_closed_request_is_not_joined(town: SmallTown) -> None:
    incident = opened(town)
    comment = request(town, nature="comment")
    over = request(town)
    citizen.withdraw(case_id=over.pk, by=Actor.staff(town.agent))
    for case in (comment, over):
        with pytest.raises(Conflict):
            incidents.join_case(incident_id=incident.pk, case_id=case.pk, by=town.technician)
    with pytest.raises(NotAllowed):
        incidents.join_case(incident_id=incident.pk, case_id=request(town).pk, by=town.planner)
    with pytest.raises(NotFound):
        incidents.join_case(incident_id=incident.pk, case_id=0, by=town.technician)


# --- Telling -------------------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(town: SmallTown) -> Incident:
    """An incident followed by e-mail, phone and post, in both languages, by a case, and by someone unreachable."""
    incident = opened(town)
    address = make_address(16)
    join(incident, town.agent, make_person("Ann Hill", email="ann@exemple.ca"), language="en")
    join(incident, town.agent, make_person("Luc Roy", phone="+14185550112"))
    join(incident, town.agent, make_person("Rose Cyr", reach=Person.Reach.PAPER, address=address))
    join(incident, town.agent, phone="+14185550199")
    join(incident, town.agent)
    case = request(town, make_person("Jo Blais", email="jo@exemple.ca"))
    incidents.join_case(incident_id=incident.pk, case_id=case.pk, by=town.technician)
    Outgoing.objects.all().delete()
    return incident


def test_one_update_reaches_each_follower_alone_in_their_way_and_language(
    town: SmallTown, crowd: Incident, run_jobs: RunJobs
) -> None:
    sent = update(crowd, town.technician)
    run_jobs()
    letters = {outgoing.to: outgoing for outgoing in Outgoing.objects.all()}
    assert set(letters) == {"ann@exemple.ca", "jo@exemple.ca"}
    assert "Water is back around 8 p.m." in letters["ann@exemple.ca"].text
    assert "L’eau revient vers 20 h." in letters["jo@exemple.ca"].text
    for to, letter in letters.items():
        assert not [other for other in ("Ann", "Luc", "Rose", "Jo ") if other in letter.text.replace("Hello", "")][1:]
        assert not any(other in letter.text for other in letters if other != to)
    assert {callback.phone for callback in Callback.objects.all()} == {"+14185550112", "+14185550199"}
    assert all("L’eau revient" in callback.reason for callback in Callback.objects.all())
    printed = PaperLetter.objects.get()
    assert printed.name == "Rose Cyr" and printed.case is None
    assert "L’eau revient" in postal_letters.words_of(postal_letters.to_print(town.agent, 5)[0]).text
    assert Entry.objects.filter(kind=Entry.Kind.INFORMED, notified_via="email").count() == 1
    spread = queries.updates(crowd)[0]
    assert (spread.email, spread.phone, spread.post, spread.nobody, spread.waiting) == (2, 2, 1, 0, 0)
    assert spread.update == sent and spread.update.notified_at is not None


def test_the_job_given_again_tells_nobody_twice(town: SmallTown, crowd: Incident, run_jobs: RunJobs) -> None:
    sent = update(crowd, town.technician, key="same")
    assert update(crowd, town.technician, key="same") == sent
    run_jobs()
    before = (FollowerNotification.objects.count(), Outgoing.objects.count(), Callback.objects.count())
    notify_followers(update_id=sent.pk)
    run_jobs()
    assert (
        (FollowerNotification.objects.count(), Outgoing.objects.count(), Callback.objects.count())
        == before
        == (5, 2, 2)
    )


def test_those_who_come_after_an_update_hear_of_the_next_one(
    town: SmallTown, crowd: Incident, run_jobs: RunJobs, settings: Settings
) -> None:
    first = update(crowd, town.technician)
    settings.PARVIS_NOW = "2026-11-25T11:00:00-05:00"
    late = join(crowd, town.agent, phone="+14185550155")
    run_jobs()
    assert not FollowerNotification.objects.filter(update=first, report=late).exists()
    update(crowd, town.technician)
    run_jobs()
    assert FollowerNotification.objects.filter(report=late).count() == 1


def test_many_followers_are_told_by_several_jobs(
    town: SmallTown, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parvis.apps.cases.services.incidents.incident_news.AT_ONCE", 2)
    incident = opened(town)
    for number in range(5):
        join(incident, town.agent, phone=f"+1418555020{number}")
    sent = update(incident, town.technician)
    assert queries.updates(incident)[0].waiting == 5
    run_jobs()
    assert Callback.objects.count() == 5 and queries.updates(incident)[0].update == sent


def test_english_words_are_asked_when_someone_follows_in_english(town: SmallTown, crowd: Incident) -> None:
    with pytest.raises(Invalid) as refused:
        update(crowd, town.technician, words_en="")
    assert list(refused.value.fields) == ["words_en"]


def test_a_letter_refused_for_good_becomes_a_call_else_paper_else_is_counted(
    town: SmallTown, run_jobs: RunJobs
) -> None:
    incident = opened(town)
    join(incident, town.agent, make_person("A", email="a@exemple.ca", phone="+14185550101"))
    join(incident, town.agent, make_person("B", email="b@exemple.ca", address=make_address(16)))
    join(incident, town.agent, make_person("C", email="c@exemple.ca"))
    update(incident, town.technician)
    run_jobs()
    Outgoing.objects.update(state=Outgoing.State.FAILED, error="550 no such user", attempted_at=now())
    for _ in range(2):
        tasks.sweep_calls()
    assert [callback.person.name for callback in Callback.objects.all() if callback.person] == ["A"]
    assert [paper_letter.name for paper_letter in PaperLetter.objects.all()] == ["B"]
    assert queries.updates(incident)[0].nobody == 1


def test_a_letter_refused_by_a_follower_changes_no_request(town: SmallTown, run_jobs: RunJobs) -> None:
    """The first argument of a follower's letter is no entry, even when an entry has the same number."""
    other = request(town, make_person("D", email="d@exemple.ca", phone="+14185550104"))
    told = Entry.objects.filter(case=other, notified_via=Entry.NotifiedVia.EMAIL).latest("pk")
    incident = opened(town)
    join(incident, town.agent, make_person("A", email="a@exemple.ca"))
    update(incident, town.technician)
    run_jobs()
    follower = Outgoing.objects.filter(to="a@exemple.ca")
    assert follower.update(args=[told.pk], state=Outgoing.State.FAILED, error="550", attempted_at=now()) == 1
    tasks.sweep_calls()
    assert not Callback.objects.filter(case=other).exists()
    assert not PaperLetter.objects.filter(entry=told).exists() and Entry.objects.filter(case=other).latest("pk") == told


# --- The end -------------------------------------------------------------------------------------------------------


def test_the_end_closes_each_request_and_tells_each_follower(
    town: SmallTown, crowd: Incident, run_jobs: RunJobs
) -> None:
    end(crowd, town.technician)
    run_jobs()
    case = Case.objects.get()
    assert (case.state, case.closing_reason) == (State.CLOSED, ClosingReason.DONE)
    closing = case.entries.get(kind=Entry.Kind.CLOSED)
    assert closing.body == "C’est réparé." and closing.actor == town.technician
    letters = {outgoing.to: outgoing.text for outgoing in Outgoing.objects.all()}
    assert "It is repaired." in letters["ann@exemple.ca"] and "/demande/" in letters["ann@exemple.ca"]
    assert "C’est réparé." in letters["jo@exemple.ca"]
    assert queries.in_progress() == () and dict(journal.verify())[case.reference] == []
    with pytest.raises(Conflict):
        join(crowd, town.agent)


def test_not_fixed_reopens_a_request_that_an_incident_closed(
    town: SmallTown, crowd: Incident, run_jobs: RunJobs
) -> None:
    end(crowd, town.manager)
    run_jobs()
    case = citizen.not_fixed(case_id=Case.objects.get().pk, words="Toujours rien", by=Actor.citizen())
    assert case.is_open and case.level == 1


def test_a_request_that_ended_by_itself_is_left_as_it_is(town: SmallTown, crowd: Incident, run_jobs: RunJobs) -> None:
    case = Case.objects.get()
    citizen.withdraw(case_id=case.pk, by=Actor.staff(town.agent))
    end(crowd, town.technician)
    run_jobs()
    case.refresh_from_db()
    assert case.closing_reason == ClosingReason.WITHDRAWN


def test_work_said_done_asks_the_proof_of_a_request_joined(town: SmallTown) -> None:
    incident = opened(town)
    hole = request(town, subject=town.pothole, place_text="Quai", details={"taille": "grand"})
    incidents.join_case(incident_id=incident.pk, case_id=hole.pk, by=town.technician)
    with pytest.raises(Invalid) as refused:
        end(incident, town.technician)
    assert list(refused.value.fields) == ["proof"]
    end(incident, town.technician, proof="Asphalte posé, vu à 10 h")


@pytest.mark.parametrize("reason", ["", "withdrawn", "earlier", "no_reply", "passed"])
def test_an_end_has_a_reason_of_its_own(town: SmallTown, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        end(opened(town), town.technician, reason=reason)
    assert list(refused.value.fields) == ["reason"]


def test_who_may_end_it(town: SmallTown) -> None:
    for someone in (town.agent, town.planner, town.editor):
        with pytest.raises(NotAllowed):
            end(opened(town), someone)
    end(opened(town), town.manager)
    end(opened(town), town.technician)


# --- Reading -------------------------------------------------------------------------------------------------------


def test_what_tells_an_incident(town: SmallTown) -> None:
    quay = Street.objects.get()
    near = make_address(14)
    far = make_address(3, street="rue Basse")
    opened(town, subject=town.streetlight, street=quay, civic_from=10, civic_to=20, heard=["plus de lumière"])
    cases: list[tuple[str, list[str], Any, bool]] = [
        ("", [], None, False),
        ("quelle heure est-il", ["cabanon"], None, False),
        ("c'est sombre", ["lampadaire"], None, True),
        ("il n'y a plus de lumières", [], None, True),
        ("un bris d'aqueduc", [], None, True),
        ("", [], near, True),
        ("c'est sombre", ["lampadaire"], far, False),
        ("", [], make_address(22), False),
    ]
    for said, slugs, address, expected in cases:
        assert bool(queries.about(said, slugs, address)) is expected, (said, slugs, address)


def test_the_words_are_read_in_either_language_and_an_end_that_passed_says_so(
    town: SmallTown, settings: Settings
) -> None:
    opened(town, until=now().replace(hour=20))
    with translation.override("en"):
        notice = queries.all_shown()[0].notice
        assert (
            notice.title == "Water main break"
            and "Wednesday, November\u00a025 at 8\u00a0p.m." in notice.until
            and not notice.overdue
        )
    settings.PARVIS_NOW = "2026-11-26T10:00:00-05:00"
    with translation.override("fr"):
        notice = queries.all_shown()[0].notice
        assert notice.overdue and "25 novembre" not in notice.until


def test_reading_costs_the_same_with_one_and_with_fifty(
    town: SmallTown, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for many in (1, 49):
        for _ in range(many):
            join(opened(town), town.agent, phone="+14185550101")
        queries.forget()
        with django_assert_num_queries(2):
            assert len(queries.all_shown()) in (1, 50) and queries.mark()
        with django_assert_num_queries(0):
            assert queries.about("bris d'aqueduc", [], None)
    busy = opened(town)
    for many in (1, 49):
        for number in range(many):
            join(busy, town.agent, phone=f"+1418555{many:02d}{number:02d}")
        with django_assert_num_queries(1):
            queries.reports(busy)
        with django_assert_num_queries(2):
            queries.updates(busy)


def test_a_refusal_is_for_whoever_asked(town: SmallTown) -> None:
    with pytest.raises(Refused):
        incidents.stop_following(report_id=0, by=town.agent)
    report = join(opened(town), town.agent, phone="+14185550101")
    incidents.stop_following(report_id=report.pk, by=town.technician)
    report.refresh_from_db()
    assert not report.follows and report.withdrawn_at is None
