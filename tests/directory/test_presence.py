"""Presence, delegates and the caches of the town."""

from datetime import date, datetime, time, timedelta

import pytest
from pytest_django import Settings

from parvis.apps.directory import queries
from parvis.apps.directory.models import Absence, AccessLogEntry, Closure, Presence, User
from parvis.apps.directory.queries import assignee_for, desk, present_in, stand_in, working_calendar
from parvis.apps.directory.queries import town as read_town
from parvis.apps.directory.services.staff import record_presence, record_reading
from parvis.lib import clock, logs, ttl_cache
from parvis.lib.errors import NotFound
from tests.counting import statements
from tests.factories import SmallTown, make_user

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"


def away(user: User, delegate: User | None = None, first: date = DAY, last: date = DAY) -> None:
    Absence.objects.create(user=user, delegate=delegate, first_day=first, last_day=last)


def save_presence(user: User, status: Presence.Status, minutes_ago: int = 0) -> None:
    Presence.objects.create(user=user, status=status, seen_at=clock.now() - timedelta(minutes=minutes_ago))


def test_a_caller_is_handed_to_someone_who_is_there(town: SmallTown) -> None:
    save_presence(town.technician, Presence.Status.BUSY)
    save_presence(town.manager, Presence.Status.FREE, minutes_ago=4)
    save_presence(town.planner, Presence.Status.FREE)
    present = present_in(town.works)
    assert [
        (present_colleague.user, present_colleague.status, present_colleague.extension) for present_colleague in present
    ] == [
        (town.manager, Presence.Status.FREE, "21"),
        (town.technician, Presence.Status.BUSY, "22"),
    ]


def test_nobody_is_handed_to_someone_gone(town: SmallTown) -> None:
    save_presence(town.manager, Presence.Status.FREE, minutes_ago=6)
    save_presence(town.technician, Presence.Status.FREE)
    away(town.technician)
    assert present_in(town.works) == []


def test_presence_is_one_query_however_many_are_there(town: SmallTown) -> None:
    for user in (town.manager, town.technician):
        save_presence(user, Presence.Status.FREE)
    with statements() as queries:
        present_in(town.works)
    assert len(queries) == 1


def test_work_follows_the_delegates(town: SmallTown) -> None:
    assert stand_in(town.technician, DAY) == town.technician
    away(town.technician, town.manager)
    assert stand_in(town.technician, DAY) == town.manager
    away(town.manager, town.planner)
    assert stand_in(town.technician, DAY) == town.planner
    assert stand_in(town.technician, DAY + timedelta(days=1)) == town.technician


def test_delegates_in_a_circle_or_without_an_end_leave_the_work_where_it_was(town: SmallTown) -> None:
    away(town.technician, town.manager)
    away(town.manager, town.technician)
    assert stand_in(town.technician, DAY) == town.technician
    away(town.planner, None)
    assert stand_in(town.planner, DAY) == town.planner
    away(town.agent, town.agent)
    assert stand_in(town.agent, DAY) == town.agent


def test_a_closed_account_receives_nothing(town: SmallTown) -> None:
    former = make_user("zoe.roy", is_active=False)
    away(town.technician, former)
    assert stand_in(town.technician, DAY) == town.technician


def test_a_case_waits_in_the_queue_unless_the_town_named_an_owner(town: SmallTown) -> None:
    assert assignee_for(town.works) is None
    assert assignee_for(town.works, owner=town.technician) == town.technician
    away(town.technician, town.manager)
    assert assignee_for(town.works, owner=town.technician) == town.manager
    assert assignee_for(town.planning, owner=town.technician) is None
    away(town.manager)
    assert assignee_for(town.works, owner=town.technician) is None  # nobody available accepted it


def test_being_seen_is_written_once_a_minute(town: SmallTown, settings: Settings) -> None:
    record_presence(user=town.agent)
    with statements() as queries:
        record_presence(user=town.agent)
    assert len(queries) == 0
    record_presence(user=town.agent, status=Presence.Status.BUSY)
    settings.PARVIS_NOW = "2026-11-24T10:02:00-05:00"
    record_presence(user=town.agent)
    row = Presence.objects.get()
    assert (row.status, row.seen_at) == (Presence.Status.BUSY, clock.now())


def test_reading_a_file_is_kept(town: SmallTown) -> None:
    token = logs.request_id.set("r-1")
    try:
        with statements() as queries:
            record_reading(user=town.agent, subject="person", subject_id=7, reason="x" * 900)
    finally:
        logs.request_id.reset(token)
    assert len(queries) == 1
    row = AccessLogEntry.objects.get()
    assert (row.user, row.subject, row.subject_id, row.request_id) == (town.agent, "person", 7, "r-1")


def test_the_town_is_read_once_and_a_change_is_seen_within_a_second(
    town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    with statements() as queries:
        assert read_town().name == read_town().name == "Anse-aux-Bouleaux"
    assert len(queries) == 1
    town.town.name_fr = "Anse-aux-Pins"
    town.town.save()
    monkeypatch.setattr(ttl_cache, "FRESH_SECONDS", 0.0)
    assert read_town().name_fr == "Anse-aux-Pins"


def test_the_calendar_knows_hours_holidays_and_closures(town: SmallTown) -> None:
    calendar = working_calendar()
    assert calendar.hours[0][0] == (time(8, 30), time(12, 0))
    assert not calendar.is_working_day(date(2026, 12, 25))
    assert not calendar.is_working_day(date(2028, 6, 26) - timedelta(days=2))
    assert calendar.is_working_day(date(2026, 12, 24))
    assert calendar is working_calendar()
    Closure.objects.create(
        first_day=date(2026, 12, 23), last_day=date(2026, 12, 24), name_fr="Fêtes", name_en="Holidays"
    )
    queries.forget()
    calendar = working_calendar()
    assert calendar.next_working_day(date(2026, 12, 22)) == date(2026, 12, 28)
    assert calendar.names[date(2026, 12, 24)] == ("Fêtes", "Holidays")
    assert calendar.local(datetime.fromisoformat("2026-11-24T15:00:00+00:00")).hour == 10


def test_the_calendar_knows_seasons_and_half_days(town: SmallTown) -> None:
    town.town.seasons = [{"from": "06-15", "until": "09-07", "hours": {"mon": [["07:30", "12:00"]]}}]
    town.town.save()
    before = queries.calendar_mark()
    noon = [["09:00", "12:00"]]
    days = (date(2026, 12, 22), date(2026, 12, 23))
    Closure.objects.create(first_day=days[0], last_day=days[1], name_fr="Veille", name_en="Eve", hours=noon)
    queries.forget()
    calendar = working_calendar()
    assert calendar.hours_of(date(2026, 7, 6)) == ((time(7, 30), time(12, 0)),)
    assert not calendar.is_working_day(date(2026, 7, 7))
    assert [calendar.hours_of(day) for day in days] == [((time(9), time(12)),)] * 2
    assert days[0] not in calendar.names
    assert queries.calendar_mark() != before
    town.town.longest_wait = "5d"
    town.town.save()
    queries.forget()
    assert queries.calendar_mark() != before


def test_a_house_without_town_or_desk_says_what_to_do() -> None:
    with pytest.raises(NotFound, match="load-town"):
        read_town()
    with pytest.raises(NotFound):
        desk()


def test_the_desk_is_the_answering_one(town: SmallTown) -> None:
    assert desk() == town.desk
