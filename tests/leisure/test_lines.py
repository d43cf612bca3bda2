"""The line of an opening: its draw, its turns, its hour, what agents and programs do in it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.db import connection
from pytest_django import Settings

from parvis.apps.leisure.models import LineTicket, Rush
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries import lines as queries
from parvis.apps.leisure.queries.lines import NO_LINE, admission, rush_now, shares_by_channel
from parvis.apps.leisure.rules.lines import Pace, Standing, draw, minutes_left, served_at, turn_of
from parvis.apps.leisure.services import lines
from parvis.apps.leisure.services.refusals import NotAdmitted
from parvis.lib import clock
from parvis.lib.errors import Conflict, NotFound
from tests.leisure.openings import OPENING, ZONE, make_household, make_rush, make_season, moment

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
WEB = Channel.WEB


@pytest.fixture
def at(settings: Settings) -> Callable[..., None]:
    """at("08:00:01"): the clock of the server is there."""

    def move(words: str, day: str = "2026-12-08") -> None:
        settings.PARVIS_NOW = moment(words, day)

    move("07:30")
    return move


def ranks_of(rush: Rush) -> list[int | None]:
    return [queries.rank_of(ticket) for ticket in LineTicket.objects.filter(rush=rush).order_by("pk")]


def test_the_draw_is_done_again_by_anyone_from_the_published_seed(at: Callable[..., None]) -> None:
    """Point 3."""
    rush = make_rush()
    for _household in range(30):
        lines.arrive(rush=rush, household_id=make_household().pk, channel=WEB)
    assert sha256(rush.seed.encode()).hexdigest() == rush.commitment and not rush.published_seed
    at("08:00:00")
    lines.draw_line(rush=rush)
    rush.refresh_from_db()
    tickets = list(LineTicket.objects.values_list("public_id", flat=True))
    again = sorted(tickets, key=lambda ticket: sha256((rush.published_seed + ticket).encode()).hexdigest())
    assert rush.order == again == draw(rush.seed, reversed(tickets))
    assert sorted(ranks_of(rush), key=str) == sorted(range(1, 31), key=str) and again != tickets


def test_it_opens_at_the_hour_of_the_server_to_the_second(at: Callable[..., None]) -> None:
    """Point 5."""
    rush = make_rush()
    ticket = lines.arrive(rush=rush, household_id=make_household().pk, channel=WEB)
    at("07:59:59.9")
    assert not lines.draw_line(rush=rush)
    assert lines.standing_of_ticket(rush, ticket, clock.now()) == Standing.BEFORE
    at("08:00:00")
    assert lines.draw_line(rush=rush)
    at("08:00:00.1")
    assert lines.standing_of_ticket(rush, ticket, clock.now()) == Standing.TURN


@pytest.mark.parametrize(("day", "hours"), [("2027-03-14", 4), ("2027-11-07", 5)])
def test_it_opens_at_eight_on_the_mornings_when_the_hour_changes(at: Callable[..., None], day: str, hours: int) -> None:
    """Point 5."""
    opening = datetime.fromisoformat(f"{day}T08:00").replace(tzinfo=ZONE)
    rush = make_rush(opening)
    assert rush.opens_at.astimezone(UTC).hour == 8 + hours
    at("07:59:59", day)
    assert not lines.draw_line(rush=rush)
    at("08:00:00", day)
    assert lines.draw_line(rush=rush)
    assert rush.line_opens_at.astimezone(ZONE).hour == 7


def test_after_the_hour_it_is_the_order_of_arrival(at: Callable[..., None]) -> None:
    """Point 3."""
    rush = make_rush()
    for _household in range(3):
        lines.arrive(rush=rush, household_id=make_household().pk, channel=WEB)
    at("08:00:00")
    late = [lines.arrive(rush=rush, household_id=make_household().pk, channel=WEB) for _household in range(3)]
    assert [ticket.rank for ticket in late] == [4, 5, 6]


def test_a_crowd_that_comes_late_is_admitted_at_the_same_pace(at: Callable[..., None]) -> None:
    """Point 2."""
    rush = make_rush(per_second=10)
    at("08:00:00")
    lines.draw_line(rush=rush)
    at("08:10:00")
    crowd = [lines.arrive(rush=rush, household_id=make_household().pk, channel=WEB) for _household in range(5)]
    assert [ticket.rank for ticket in crowd] == [6001, 6002, 6003, 6004, 6005], "nobody owes the turns that nobody took"
    assert not queries.place_of(queries.lines()[0], crowd[0].rank, crowd[0].arrived_at, clock.now()).admitted
    at("08:10:00.5")
    places = [queries.place_of(queries.lines()[0], each.rank, each.arrived_at, clock.now()) for each in crowd]
    assert all(place.admitted for place in places)


def test_a_household_has_one_place_whoever_takes_it_and_the_shares_are_shown(at: Callable[..., None]) -> None:
    """Points 2 and 10."""
    rush, household = make_rush(), make_household()
    first = lines.arrive(rush=rush, household_id=household.pk, channel=Channel.PHONE)
    again = lines.arrive(rush=rush, household_id=household.pk, channel=WEB)
    lines.arrive(rush=rush, household_id=make_household().pk, channel=WEB)
    assert again.pk == first.pk and LineTicket.objects.count() == 2
    assert [count for _way, count in shares_by_channel(rush)] == [1, 1]


def test_taking_a_place_in_a_group_waits_for_one_s_turn(at: Callable[..., None]) -> None:
    """Point 2."""
    rush, household = make_rush(per_second=1), make_household()
    season = rush.season
    with pytest.raises(NotAdmitted):
        lines.pass_line(household=household, season=season, resident=True, channel=WEB)
    lines.arrive(rush=rush, household_id=make_household().pk, channel=WEB)
    at("08:00:00")
    lines.draw_line(rush=rush)
    lines.arrive(rush=rush, household_id=household.pk, channel=WEB)
    at("08:00:01.5")
    place = admission(household, season, clock.now())
    assert (place.admitted, place.rank, place.ahead) == (False, 2, 0)
    with pytest.raises(NotAdmitted):
        lines.pass_line(household=household, season=season, resident=True, channel=WEB)
    at("08:00:02")
    lines.pass_line(household=household, season=season, resident=True, channel=WEB)
    at("08:40:00")
    lines.pass_line(household=household, season=season, resident=True, channel=WEB)
    assert admission(household, season, clock.now()).standing == Standing.ENTERED, "entered by taking a place"


def test_nobody_waits_where_no_line_is_planned(at: Callable[..., None], django_assert_num_queries: Callable) -> None:  # type: ignore[type-arg]
    season, household = make_season(), make_household()
    queries.lines()
    with django_assert_num_queries(0):
        assert admission(household, season, clock.now()) == NO_LINE


def test_a_turn_missed_goes_back_to_the_end(at: Callable[..., None]) -> None:
    rush, household = make_rush(), make_household()
    ticket = lines.arrive(rush=rush, household_id=household.pk, channel=WEB)
    at("08:00:00")
    lines.draw_line(rush=rush)
    at("08:09:59")
    assert lines.standing_of_ticket(rush, ticket, clock.now()) == Standing.TURN
    at("08:10:01")
    with pytest.raises(NotAdmitted, match="passé"):
        lines.enter(ticket=ticket)
    stale = LineTicket.objects.get(pk=ticket.pk)
    lines.take_another_turn(ticket=ticket)
    assert ticket.rank == 25 * 601 + 1
    lines.take_another_turn(ticket=stale)
    assert LineTicket.objects.get(pk=ticket.pk).rank == ticket.rank, "a double click goes back once"
    at("08:10:02")
    lines.enter(ticket=ticket)
    assert admission(household, rush.season, clock.now()).standing == Standing.ENTERED


def test_the_manager_slows_down_stops_and_closes(at: Callable[..., None]) -> None:
    rush = make_rush(per_second=10)
    at("08:00:00")
    lines.draw_line(rush=rush)
    at("08:00:10")
    rush = lines.set_pace(rush=rush, per_second=0)
    at("08:05:00")
    assert served_at(rush.course, clock.now()) == 100
    assert turn_of(rush.course, 100) == OPENING + timedelta(seconds=10) and turn_of(rush.course, 101) is None
    rush = lines.set_pace(rush=rush, per_second=50)
    at("08:05:02")
    assert served_at(rush.course, clock.now()) == 200
    assert turn_of(rush.course, 150) == OPENING + timedelta(minutes=5, seconds=1)
    with pytest.raises(Conflict):
        lines.plan_rush(season=rush.season, for_residents=True)
    lines.close_rush(rush=rush)
    assert admission(make_household(), rush.season, clock.now()) == NO_LINE
    with pytest.raises(NotFound):
        lines.arrive(rush=lines.close_rush(rush=rush), household_id=make_household().pk, channel=WEB)


def test_a_program_takes_its_place_by_trying(at: Callable[..., None]) -> None:
    rush, household = make_rush(per_second=1), make_household()
    at("08:00:00")
    with pytest.raises(NotAdmitted):
        lines.pass_line(household=household, season=rush.season, resident=True, channel=Channel.PROGRAM)
    at("08:00:01")
    lines.pass_line(household=household, season=rush.season, resident=True, channel=Channel.PROGRAM)


def test_the_line_of_residents_is_not_for_others_and_ends_when_all_may_register(at: Callable[..., None]) -> None:
    """Point 6."""
    rush = make_rush()
    assert rush_now(rush.season, True, clock.now()) and rush_now(rush.season, False, clock.now()) is None
    at("08:00:00", "2026-12-15")
    assert rush_now(rush.season, True, clock.now()) is None
    assert admission(make_household(resident=False), rush.season, clock.now()) == NO_LINE


def test_who_comes_at_the_very_moment_of_the_draw_gets_the_next_rank(at: Callable[..., None]) -> None:
    rush = make_rush()
    at("08:00:00")
    lines.draw_line(rush=rush)
    straggler = LineTicket.objects.create(
        rush=rush, household=make_household(), channel=WEB, arrived_at=OPENING - timedelta(milliseconds=1)
    )
    assert lines.keep_up(ticket=straggler).rank == 1
    assert lines.keep_up(ticket=LineTicket.objects.get(pk=straggler.pk)).rank == 1


def test_a_range_of_minutes_rather_than_a_false_minute() -> None:
    assert minutes_left(9_999, 25) == (5, 10)
    assert minutes_left(10, 25) == (0, 1)
    assert minutes_left(10, 0) is None
    assert served_at([], OPENING) == 0 and turn_of([Pace(OPENING, 0, 2)], 1) == OPENING + timedelta(seconds=0.5)


@pytest.mark.django_db(transaction=True)
def test_many_devices_at_once_take_one_place_and_ranks_are_never_shared(at: Callable[..., None]) -> None:
    """Points 2 and 10."""
    rush, households = make_rush(), [make_household() for _household in range(6)]
    early = make_household()

    def arrive(household_id: int) -> int:
        try:
            return lines.arrive(rush=Rush.objects.get(pk=rush.pk), household_id=household_id, channel=WEB).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as hands:
        assert len(set(hands.map(arrive, [early.pk] * 6))) == 1
        at("08:00:00")
        list(hands.map(arrive, [each.pk for each in households for _device in range(2)]))
    rush.refresh_from_db()
    assert rush.order == [LineTicket.objects.get(household=early).public_id], "drawn once"
    assert sorted(ticket.rank or 0 for ticket in LineTicket.objects.exclude(household=early)) == [2, 3, 4, 5, 6, 7]
