"""The waiting line: daily ticket numbers, one visitor per call, wait estimates."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.intake.models import Contact, Device, Visit
from parvis.apps.intake.queries import contacts
from parvis.apps.intake.rules.waiting import expected_minutes, shown_name
from parvis.apps.intake.services.contacts import finish
from parvis.apps.intake.services.counter import visits
from parvis.apps.intake.services.counter.devices import close_device, set_device
from parvis.apps.intake.services.matters import MatterInput, settle_unanswered
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories import SmallTown, make_small_town, unique

MORNING = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)


@pytest.fixture
def at(settings: Settings) -> Callable[[float], None]:
    """at(minutes): freezes the clock that many minutes after 9:00."""

    def hold(minutes: float) -> None:
        settings.PARVIS_NOW = (MORNING + timedelta(minutes=minutes)).isoformat()

    hold(0)
    return hold


def door(town: SmallTown) -> Device:
    return set_device(kind="door", name="Entrée", by=town.agent)


def number(device: Device, **values: str) -> Visit:
    return visits.take_number(device=device, **{"key": unique("press"), "language": "fr"} | values)


def call(town: SmallTown, **values: object) -> Visit:
    return visits.call_next(**{"window": 2, "key": unique("call"), "by": town.agent} | values)  # type: ignore[arg-type]


def test_numbers_follow_one_another_and_start_again_each_day(
    town: SmallTown, at: Callable[[float], None], settings: Settings
) -> None:
    tablet = door(town)
    assert [number(tablet).label for _ in range(3)] == ["A1", "A2", "A3"]
    settings.PARVIS_NOW = "2026-11-04T09:00:00-05:00"
    assert number(tablet).label == "A1"
    assert contacts.line_today().waiting == [Visit.objects.get(day=date(2026, 11, 4))]


def test_the_same_press_twice_is_one_number(town: SmallTown) -> None:
    tablet = door(town)
    assert number(tablet, key="once") == number(tablet, key="once")
    named = [visits.write_in(name="Jeanne Arsenault", key="k", language="fr", by=town.agent) for _ in range(2)]
    assert named[0] == named[1] and Visit.objects.count() == 2


def test_a_name_is_forgotten_the_next_day(town: SmallTown, at: Callable[[float], None], settings: Settings) -> None:
    visits.write_in(name="Jeanne Arsenault", key="k", language="fr", by=town.agent)
    settings.PARVIS_NOW = "2026-11-04T09:00:00-05:00"
    number(door(town))
    assert not Visit.objects.exclude(name="").exists()


def test_the_one_who_waited_longest_is_called_and_a_contact_begins(
    town: SmallTown, at: Callable[[float], None]
) -> None:
    tablet = door(town)
    first = number(tablet, language="en")
    at(4)
    number(tablet)
    at(11)
    visit = call(town)
    assert (visit.pk, visit.window, visit.waited) == (first.pk, 2, 660)
    assert visit.contact and (visit.contact.channel, visit.contact.language) == ("counter", "en")
    assert visit.contact.state == Contact.State.IN_PROGRESS and visit.contact.agent == town.agent
    at(18)
    finish(contact_id=visit.contact.pk, by=town.agent)
    assert Contact.objects.get(pk=visit.contact.pk).seconds == 420
    line = contacts.line_today()
    assert (line.answered, line.mean_wait, line.longest_wait) == (1, 660, 660)


def test_the_same_press_calls_one_person(town: SmallTown) -> None:
    tablet = door(town)
    number(tablet), number(tablet)
    assert call(town, key="once") == call(town, key="once")
    assert len(contacts.line_today().waiting) == 1 and Contact.objects.count() == 1


def test_nobody_waiting_is_said(town: SmallTown) -> None:
    with pytest.raises(Conflict, match=r"."):
        call(town)
    assert not Contact.objects.exists()


@pytest.mark.parametrize("window", [0, 31, -1])
def test_a_call_needs_a_window(town: SmallTown, window: int) -> None:
    number(door(town))
    with pytest.raises(Invalid) as refused:
        call(town, window=window)
    assert "window" in refused.value.fields


def test_a_person_may_be_called_before_their_turn_but_once(town: SmallTown) -> None:
    tablet = door(town)
    number(tablet)
    chosen = number(tablet)
    assert visits.call_one(visit_id=chosen.pk, window=1, key="a", by=town.agent) == chosen
    with pytest.raises(Conflict):
        visits.call_one(visit_id=chosen.pk, window=1, key="b", by=town.agent_and_technician)


def test_someone_who_does_not_come_leaves_no_contact_and_may_be_put_back_first(
    town: SmallTown, at: Callable[[float], None]
) -> None:
    tablet = door(town)
    first = number(tablet)
    at(1)
    number(tablet)
    call(town)
    visits.no_show(visit_id=first.pk, by=town.agent)
    assert not Contact.objects.exists() and contacts.line_today().aside == [first]
    visits.put_back(visit_id=first.pk, by=town.agent_and_technician)
    assert call(town).pk == first.pk and contacts.line_today().aside == []


def test_put_back_takes_nothing_away_from_what_was_recorded(town: SmallTown) -> None:
    number(door(town))
    visit = call(town)
    assert visit.contact
    settled = MatterInput(contact_id=visit.contact.pk, key=unique(), by=town.agent, words="Où est la vignette?")
    settle_unanswered(settled)
    visits.put_back(visit_id=visit.pk, by=town.agent)
    assert Contact.objects.get().state == Contact.State.DONE
    assert call(town).contact != visit.contact


def test_a_colleague_does_not_put_aside_whom_another_called(town: SmallTown) -> None:
    number(door(town))
    visit = call(town)
    for gesture in (visits.no_show, visits.put_back, visits.call_again):
        with pytest.raises(Conflict):
            gesture(visit_id=visit.pk, by=town.agent_and_technician)


def test_a_visit_that_is_over_is_not_called_again(town: SmallTown) -> None:
    number(door(town))
    visit = call(town)
    assert visits.call_again(visit_id=visit.pk, by=town.agent).calls == 2
    assert visit.contact
    finish(contact_id=visit.contact.pk, by=town.agent)
    for gesture in (visits.no_show, visits.put_back, visits.call_again, visits.leave):
        with pytest.raises(Conflict):
            gesture(visit_id=visit.pk, by=town.agent)
    assert contacts.line_today().at_windows == []


def test_leaving_is_kept_and_undone(town: SmallTown) -> None:
    visit = number(door(town))
    visits.leave(visit_id=visit.pk, by=town.agent)
    visits.leave(visit_id=visit.pk, by=town.agent)
    assert contacts.line_today().waiting == []
    visits.put_back(visit_id=visit.pk, by=town.agent)
    visits.put_back(visit_id=visit.pk, by=town.agent)
    assert contacts.line_today().waiting == [visit]


def test_the_line_of_yesterday_is_out_of_reach(
    town: SmallTown, at: Callable[[float], None], settings: Settings
) -> None:
    visit = number(door(town))
    settings.PARVIS_NOW = "2026-11-04T09:00:00-05:00"
    with pytest.raises(NotFound):
        visits.leave(visit_id=visit.pk, by=town.agent)
    with pytest.raises(Conflict):
        call(town)


def test_those_who_do_not_answer_do_not_touch_the_line(town: SmallTown) -> None:
    visit = number(door(town))
    with pytest.raises(NotAllowed):
        call(town, by=town.technician)
    with pytest.raises(NotAllowed):
        visits.leave(visit_id=visit.pk, by=town.manager)
    with pytest.raises(NotAllowed):
        visits.write_in(name="Jeanne", key="k", language="fr", by=town.editor)
    with pytest.raises(NotAllowed):
        set_device(kind="hall", name="Hall", by=town.technician)


def test_a_closed_tablet_gives_no_number(town: SmallTown) -> None:
    tablet = close_device(device_id=door(town).pk, by=town.agent)
    with pytest.raises(NotFound):
        number(tablet)
    assert contacts.device(tablet.secret, Device.Kind.DOOR) is None and contacts.devices() == []
    with pytest.raises(Invalid) as refused:
        set_device(kind="roof", name=" ", by=town.agent)
    assert set(refused.value.fields) == {"kind", "name"}


def test_the_wait_told_is_that_of_the_last_visits(town: SmallTown, at: Callable[[float], None]) -> None:
    tablet = door(town)
    assert contacts.expected_wait(3) is None
    for minute in (0, 10):
        at(minute)
        number(tablet)
        visit = call(town)
        at(minute + 6)
        assert visit.contact
        finish(contact_id=visit.contact.pk, by=town.agent)
    assert contacts.expected_wait(0) == 5  # half of six minutes
    assert contacts.expected_wait(3) == 25  # three and a half times six minutes, at one window


def test_two_windows_halve_the_wait_and_nothing_is_told_without_a_measure() -> None:
    assert expected_minutes(4, [300, 300], 1) == 25
    assert expected_minutes(4, [300, 300], 2) == 15
    assert expected_minutes(4, [], 2) is None
    assert expected_minutes(0, [10], 0) == 5


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        *(("Jeanne Arsenault", "Jeanne A."), ("  Jeanne  ", "Jeanne"), ("", ""), ("Luc de la Chevrotière", "Luc C.")),
        *(("Jean Bourdon 🌷", "Jean B."), ("Anne (Côté)", "Anne C."), ("Paul 2", "Paul")),
    ],
)
def test_a_hall_reads_a_first_name_and_a_letter(name: str, shown: str) -> None:
    assert shown_name(name) == shown


def test_the_line_costs_the_same_at_one_and_at_fifty(
    town: SmallTown, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tablet = door(town)
    number(tablet), number(tablet)
    call(town)
    with django_assert_num_queries(1):
        contacts.line_today()
    for _ in range(60):
        number(tablet)
    call(town), call(town)
    with django_assert_num_queries(1):
        contacts.line_today()


def at_once(work: list[Callable[[], Visit]]) -> list[Visit]:
    """Runs each function in a thread with its own connection."""

    def alone(piece: Callable[[], Visit]) -> Visit:
        try:
            return piece()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(alone, work))


@pytest.mark.django_db(transaction=True)
def test_agents_who_call_at_once_never_call_the_same_person() -> None:
    town = make_small_town()
    tablet = door(town)
    expected = {number(tablet).pk for _ in range(8)}
    agents = [town.agent, town.agent_and_technician] * 4
    called = at_once([lambda by=by: call(town, by=by) for by in agents])  # type: ignore[misc]
    assert {visit.pk for visit in called} == expected
    assert Contact.objects.count() == 8


@pytest.mark.django_db(transaction=True)
def test_one_press_sent_many_times_at_once_calls_one_person() -> None:
    town = make_small_town()
    tablet = door(town)
    for _ in range(6):
        number(tablet)
    called = at_once([lambda: call(town, key="once")] * 6)
    assert len({visit.pk for visit in called}) == 1
    assert Contact.objects.count() == 1 and len(contacts.line_today().waiting) == 5


@pytest.mark.django_db(transaction=True)
def test_numbers_drawn_at_once_are_all_different() -> None:
    tablet = door(make_small_town())
    drawn = at_once([lambda: number(tablet)] * 10)
    assert sorted(visit.number for visit in drawn) == list(range(1, 11))
