"""Reminders of a case: acknowledgement, warnings, new dates, the end of waits, calendar changes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases import tasks
from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.queries import due_status, warnings
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.cases.services.due_dates import due_date_recalculation
from parvis.apps.cases.services.due_dates.due_date_recalculation import count
from parvis.apps.cases.services.due_dates.sla_reminders import process_due_reminders
from parvis.apps.cases.services.journal import verify
from parvis.apps.cases.services.opening import new_cases
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory import queries as directory
from parvis.apps.directory.models import Actor, Closure
from parvis.apps.intake.models import Callback
from parvis.apps.mail.models import Outgoing
from parvis.lib.errors import Invalid, Refused
from tests.factories import SmallTown, make_person, unique
from tests.heavy import amount

MONDAY = "2026-11-23T10:00:00-05:00"
Go = Callable[[str], None]


@pytest.fixture
def go(settings: Settings) -> Go:
    """Sets the clock: go("2026-11-26T14:00:00-05:00")."""

    def move(moment: str) -> None:
        settings.PARVIS_NOW = moment

    move(MONDAY)
    return move


def opened(town: SmallTown, **values: object) -> Case:
    defaults = {
        "key": unique(),
        "subject": town.streetlight,
        "nature": Nature.REQUEST,
        "channel": "phone",
        "words": "Il fait noir devant chez nous.",
        "address": town.address,
    }
    return new_cases.open_case(new_cases.NewCase(**{**defaults, **values}), by=Actor.staff(town.agent)).case  # type: ignore[arg-type]


def again(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def letters(to: str) -> list[list[object]]:
    return list(Outgoing.objects.filter(to=to).order_by("pk").values_list("args", flat=True))


def sound() -> bool:
    return all(not wrong for _reference, wrong in verify())


def local(moment: datetime | None) -> str:
    assert moment is not None
    return directory.working_calendar().local(moment).strftime("%m-%d %H:%M")


# --- Two clocks -----------------------------------------------------------------------------------------------------


def test_two_clocks_run_and_the_first_gesture_of_the_house_stops_the_first(town: SmallTown, go: Go) -> None:
    case = opened(town)
    assert (local(case.ack_due_at), local(case.due_at)) == ("11-24 10:00", "11-30 10:00")
    handling.note(case_id=case.pk, words="Vu.", by=town.technician)
    assert again(case).acknowledged_at is None
    go("2026-11-23T11:00:00-05:00")
    handling.take(case_id=case.pk, by=town.technician)
    assert local(again(case).acknowledged_at) == "11-23 11:00"
    assert due_status.ack_words(again(case)) == ""
    assert sound()


def test_a_comment_has_no_clock(town: SmallTown, go: Go) -> None:
    case = opened(town, subject=town.opinion, nature=Nature.COMMENT)
    assert (case.ack_due_at, case.due_at, case.next_reminder_at) == (None, None, None)


def test_nobody_takes_charge_and_the_department_hears_of_it_once(town: SmallTown, go: Go) -> None:
    case = opened(town)
    go("2026-11-24T10:01:00-05:00")
    assert process_due_reminders() == 1
    assert letters(town.manager.email) == [[case.pk, "untaken"]]
    assert process_due_reminders() == 0


def test_opening_asks_nothing_more_of_the_database(
    town: SmallTown, go: Go, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    opened(town)
    new_case = new_cases.NewCase(
        key=unique(), subject=town.streetlight, nature="request", channel="phone", address=town.address
    )
    planned = new_cases.plan(new_case, by=Actor.staff(town.agent))
    with django_assert_num_queries(3):  # its number, its row, its first entry
        new_cases.open_case(new_case, by=Actor.staff(town.agent), planned=planned)


# --- Warned, then told ----------------------------------------------------------------------------------------------


def test_the_owner_is_warned_twice_then_the_citizen_gets_an_honest_date_before_the_first_slips(
    town: SmallTown, go: Go, run_jobs: Callable[[], int]
) -> None:
    person = make_person(email="jeanne@exemple.ca")
    case = opened(town, person=person)
    handling.take(case_id=case.pk, by=town.technician)
    run_jobs()
    go("2026-11-25T12:00:00-05:00")
    assert process_due_reminders() == 0, "less than half is gone"
    go("2026-11-25T16:00:00-05:00")
    assert process_due_reminders() == 1
    go("2026-11-27T13:30:00-05:00")
    assert process_due_reminders() == 1
    assert letters(town.technician.email) == [[case.pk, "50"], [case.pk, "80"]]
    assert local(again(case).due_at) == "11-30 10:00"
    go("2026-11-30T09:00:00-05:00")
    assert process_due_reminders() == 1
    now = again(case)
    assert local(now.due_at) == "12-03 16:30", "half as many days later, at the end of the day"
    entry = Entry.objects.get(kind=Entry.Kind.PROMISED)
    assert (entry.actor, entry.notified_via) == (None, Entry.NotifiedVia.EMAIL)
    assert "pas terminé" in entry.body
    run_jobs()
    letter = Outgoing.objects.filter(to=person.email).latest("pk")
    assert letter.state == Outgoing.State.SENT
    assert "jeudi 3 décembre" in letter.text.replace("\u00a0", " ")
    assert letters(town.technician.email)[-1] == [case.pk, "moved"]
    assert "nouvelle date" in Outgoing.objects.get(args=[case.pk, "moved"]).subject
    assert sound()


def test_the_second_time_a_person_must_speak(town: SmallTown, go: Go) -> None:
    case = opened(town)
    handling.take(case_id=case.pk, by=town.technician)
    go("2026-11-30T09:00:00-05:00")
    process_due_reminders()
    due = again(case).due_at
    go("2026-12-03T15:30:00-05:00")
    process_due_reminders()
    assert again(case).due_at == due
    assert letters(town.manager.email) == [[case.pk, "slips"]]
    assert again(case).next_reminder_at is None


def test_after_a_stop_of_the_service_the_head_hears_that_the_date_is_past(town: SmallTown, go: Go) -> None:
    case = opened(town)
    handling.take(case_id=case.pk, by=town.technician)
    go("2026-12-02T09:00:00-05:00")
    process_due_reminders()
    assert letters(town.manager.email) == [[case.pk, "broken"]]
    assert "est passée" in warnings.warning(case.pk, "broken").text


def test_a_date_is_told_within_four_years(town: SmallTown, go: Go) -> None:
    case = opened(town)
    far = date(9026, 11, 24)
    with pytest.raises(Invalid):
        handling.new_date(case_id=case.pk, due=far, words="Plus tard.", by=town.technician)
    with pytest.raises(Invalid):
        handling.plan_visit(case_id=case.pk, day=far, words="Quelqu'un passe.", by=town.technician)


def test_someone_with_a_phone_is_called_with_the_reason(town: SmallTown, go: Go, run_jobs: Callable[[], int]) -> None:
    case = opened(town, person=make_person(phone="+14185550123"))
    go("2026-11-30T09:00:00-05:00")
    process_due_reminders()
    run_jobs()
    assert "terminé" in Callback.objects.get(case=case).reason


def test_a_date_given_by_a_person_starts_the_bells_again(town: SmallTown, go: Go) -> None:
    case = opened(town)
    go("2026-11-27T13:30:00-05:00")
    process_due_reminders()
    handling.new_date(case_id=case.pk, due=date(2026, 12, 18), words="La pièce manque.", by=town.technician)
    now = again(case)
    assert now.reminders_sent == 0
    assert local(now.next_reminder_at) == "12-09 10:30"
    go("2026-12-09T10:30:00-05:00")
    process_due_reminders()
    assert again(case).reminders_sent == 1


def test_a_closed_case_rings_no_more(town: SmallTown, go: Go) -> None:
    case = opened(town)
    handling.close(case_id=case.pk, reason="done", words="Fait.", by=town.technician)
    go("2026-12-30T09:00:00-05:00")
    assert process_due_reminders() == 0
    assert again(case).next_reminder_at is None


def test_what_was_opened_before_there_were_bells_gets_them_in_silence(town: SmallTown, go: Go) -> None:
    case = opened(town)
    Case.objects.update(next_reminder_at=None)
    go("2026-11-25T16:00:00-05:00")
    assert process_due_reminders() == 0
    assert (again(case).reminders_sent, local(again(case).next_reminder_at)) == (1, "11-27 10:00")


def test_the_letters_of_the_house_are_in_the_language_of_who_reads_them(
    town: SmallTown, go: Go, run_jobs: Callable[[], int]
) -> None:
    town.technician.language = "en"
    town.technician.save()
    case = opened(town)
    handling.take(case_id=case.pk, by=town.technician)
    go("2026-11-27T13:30:00-05:00")
    process_due_reminders()
    run_jobs()
    letter = Outgoing.objects.get(to=town.technician.email)
    assert letter.subject.startswith("80 % of the time is gone")
    text = letter.text.replace("\u00a0", " ")
    assert "5 business days, holidays excluded" in text
    assert f"/desk/cases/{case.reference}/" in text


# --- Waits that end -------------------------------------------------------------------------------------------------


def test_a_wait_ends_by_itself_and_the_owner_hears_of_it(town: SmallTown, go: Go) -> None:
    town.town.longest_wait = "3d"
    town.town.save()
    case = opened(town, person=make_person(email="j@exemple.ca"))
    handling.ask(case_id=case.pk, words="Quel poteau?", by=town.technician)
    assert local(again(case).next_reminder_at) == "11-26 10:00"
    go("2026-12-02T10:00:00-05:00")
    process_due_reminders()
    now = again(case)
    assert (now.state, now.is_paused) == (State.WORKING, False)
    assert local(now.due_at) == "12-03 10:00", "three days waited, not seven"
    assert Entry.objects.filter(kind=Entry.Kind.RESUMED, actor=None, data__by_the_clock=True).exists()
    assert [case.pk, "waited"] in letters(town.manager.email)
    handling.ask(case_id=case.pk, words="Encore une question.", by=town.technician)
    now = again(case)
    assert (now.state, now.is_paused) == (State.WORKING, False), "it waited as long as it may"
    assert sound()


def test_the_question_says_how_long_the_clock_stands_still(
    town: SmallTown, go: Go, run_jobs: Callable[[], int]
) -> None:
    town.streetlight.wait = "7d"
    town.streetlight.save()
    case = opened(town, person=make_person(email="j@exemple.ca"))
    handling.ask(case_id=case.pk, words="Quel poteau?", by=town.technician)
    run_jobs()
    assert "7 jours ouvrables au plus" in Outgoing.objects.latest("pk").text.replace("\u00a0", " ")


# --- A calendar that changes ----------------------------------------------------------------------------------------


def close_offices(first: date, last: date) -> None:
    Closure.objects.create(first_day=first, last_day=last, name_fr="Relâche", name_en="Break")
    directory.forget()


def test_open_cases_follow_a_new_calendar_with_a_trace_and_closed_ones_do_not(
    town: SmallTown, go: Go, run_jobs: Callable[[], int]
) -> None:
    due_date_recalculation.follow_calendar()
    person = make_person(email="jeanne@exemple.ca")
    case, done = opened(town, person=person), opened(town)
    handling.close(case_id=done.pk, reason="done", words="Fait.", by=town.technician)
    run_jobs()
    close_offices(date(2026, 11, 26), date(2026, 11, 27))
    assert due_date_recalculation.calendar_changed()
    foreseen = list(due_date_recalculation.moved_promises())
    assert [(moved.reference, local(moved.before), local(moved.after)) for moved in foreseen] == [
        (case.reference, "11-30 10:00", "12-02 10:00")
    ]
    assert Entry.objects.filter(kind=Entry.Kind.RECOUNTED).count() == 0
    tasks.keep_promises()
    assert local(again(case).due_at) == "12-02 10:00"
    assert again(done).due_at == done.due_at
    entry = Entry.objects.get(kind=Entry.Kind.RECOUNTED)
    assert (entry.case_id, entry.notified_via, entry.actor) == (case.pk, Entry.NotifiedVia.EMAIL, None)
    run_jobs()
    assert "mercredi 2 décembre" in Outgoing.objects.filter(to=person.email).latest("pk").text.replace("\u00a0", " ")
    assert not due_date_recalculation.calendar_changed()
    assert due_date_recalculation.follow_calendar() == []
    assert sound()


def test_a_warning_that_nobody_heard_yet_survives_a_new_calendar_and_a_gesture(town: SmallTown, go: Go) -> None:
    due_date_recalculation.follow_calendar()
    case, other = opened(town), opened(town)
    handling.take(case_id=case.pk, by=town.technician)
    handling.assign(case_id=other.pk, to=town.technician, by=town.manager)
    go("2026-11-25T16:00:00-05:00")  # half is gone, and the background worker was down
    close_offices(date(2027, 3, 1), date(2027, 3, 1))
    due_date_recalculation.follow_calendar()
    handling.take(case_id=other.pk, by=town.technician)
    process_due_reminders()
    assert sorted(letters(town.technician.email)) == [[case.pk, "50"], [other.pk, "50"]]


def test_a_date_that_is_past_is_told_to_nobody(town: SmallTown, go: Go) -> None:
    due_date_recalculation.follow_calendar()
    case = opened(town, person=make_person(email="j@exemple.ca"))
    go("2026-12-10T12:00:00-05:00")
    close_offices(date(2026, 11, 26), date(2026, 11, 26))
    due_date_recalculation.follow_calendar()
    assert local(again(case).due_at) == "12-01 10:00"
    assert Entry.objects.get(kind=Entry.Kind.RECOUNTED).notified_via == Entry.NotifiedVia.NOBODY
    Closure.objects.all().delete()
    directory.forget()
    assert due_date_recalculation.follow_calendar() == [], "it comes no nearer in the past either"


def test_pauses_and_dates_given_by_people_survive_a_new_calendar(town: SmallTown, go: Go) -> None:
    due_date_recalculation.follow_calendar()
    waited, dated = opened(town, person=make_person(email="j@exemple.ca")), opened(town)
    handling.ask(case_id=waited.pk, words="Quel poteau?", by=town.technician)
    handling.new_date(case_id=dated.pk, due=date(2026, 12, 11), words="La pièce manque.", by=town.technician)
    go("2026-11-24T10:00:00-05:00")
    citizen.reply(case_id=waited.pk, words="Le 12.", by=Actor.citizen())
    assert local(again(waited).due_at) == "12-01 10:00"
    close_offices(date(2026, 11, 26), date(2026, 11, 26))
    moved = due_date_recalculation.follow_calendar()
    assert [change.reference for change in moved] == [waited.reference]
    assert local(again(waited).due_at) == "12-02 10:00"
    assert local(again(dated).due_at) == "12-11 16:30"


def test_a_date_that_comes_nearer_never_falls_in_the_past_and_is_told_to_nobody(town: SmallTown, go: Go) -> None:
    close_offices(date(2026, 11, 26), date(2026, 11, 27))
    due_date_recalculation.follow_calendar()
    early, late = opened(town, person=make_person(email="j@exemple.ca")), opened(town)
    go("2026-11-23T15:00:00-05:00")
    late = opened(town)
    Closure.objects.all().delete()
    directory.forget()
    go("2026-11-30T12:00:00-05:00")
    moved = due_date_recalculation.follow_calendar()
    assert [change.reference for change in moved] == [late.reference]
    assert local(again(early).due_at) == "12-02 10:00"
    assert Entry.objects.get(kind=Entry.Kind.RECOUNTED).notified_via == Entry.NotifiedVia.NOBODY


MOVES = ("take", "ask", "wait", "resume", "reply", "note", "new_date", "close", "not_fixed")


@pytest.mark.soak("properties", sampled=True)
@settings(max_examples=amount(200, sample=8), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(MOVES), st.integers(1, 90)), min_size=1, max_size=9))
def test_the_journal_counts_what_the_case_says_whatever_happened(
    town: SmallTown, go: Go, moves: list[tuple[str, int]]
) -> None:
    """With the same calendar, the due date computed from the journal is that of the case."""
    go(MONDAY)
    case, moment = opened(town, person=make_person(email="j@exemple.ca")), datetime(2026, 11, 23, 15, tzinfo=UTC)
    for move, hours in moves:
        moment += timedelta(hours=hours)
        go(moment.isoformat())
        by_citizen = move in ("reply", "not_fixed")
        values: dict[str, object] = {
            "case_id": case.pk,
            "by": Actor.staff(town.manager) if by_citizen else town.manager,
        }
        if move not in ("take", "resume"):
            values["words"] = "Des mots."
        if move == "new_date":
            values["due"] = directory.working_calendar().add_working_days(moment.date(), 6)
        if move == "close":
            values["reason"] = "done"
        try:
            getattr(citizen if by_citizen else handling, move)(**values)
        except Refused:
            continue
    now = again(case)
    entries = list(now.entries.order_by("seq").values("kind", "at", "data"))
    counted = count(now, entries, directory.working_calendar())
    assert counted.due_at is not None and now.due_at is not None
    assert abs(counted.due_at - now.due_at) < timedelta(minutes=1)
    assert all(first["at"] <= second["at"] for first, second in pairwise(entries))
    assert sound()
