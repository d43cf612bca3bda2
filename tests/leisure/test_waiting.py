"""Waiting lists: who is next, those who stay together, offers accepted, declined or left."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from parvis.apps.leisure import tasks
from parvis.apps.leisure.models import Activity, Group, Registration, RegistrationEvent, Season
from parvis.apps.leisure.queries.occupancy import occupancy_of
from parvis.apps.leisure.queries.registrations import events_of, open_cart, registrations_of
from parvis.apps.leisure.services.groups import change_capacity
from parvis.apps.leisure.services.registering import release
from parvis.apps.leisure.services.waiting import accept_offer, decline_offer
from parvis.apps.mail.models import Outgoing
from parvis.lib.errors import Conflict
from tests.factories import SmallTown
from tests.leisure.making import EVERYONE, hold, make_group, make_household

State, What = Registration.State, RegistrationEvent.What
Run = Callable[[], int]


def at(settings: Settings, moment: datetime) -> None:
    settings.PARVIS_NOW = moment.isoformat()


@pytest.fixture
def full(season: Season, swimming: Activity) -> tuple[Group, list[Registration]]:
    """A group of two places, both held, each by a household."""
    group = make_group(season, swimming)
    return group, [hold(make_household("Léa"), group)[0], hold(make_household("Tom"), group)[0]]


def state_of(row: Registration) -> str:
    row.refresh_from_db()
    return row.state


Full = tuple[Group, list[Registration]]


def test_a_place_given_back_is_offered_to_the_next_one_for_48_hours(full: Full, run_jobs: Run) -> None:
    """Point 13, and 19 of privacy."""
    group, (first, _second) = full
    household = make_household("Zoé", email="zoe@exemple.org")
    (zoe,), (late,) = hold(household, group, wait=True), hold(make_household("Max"), group, wait=True)
    assert [view.rank for view in registrations_of(household)] == [1]
    release(registration=first, channel="web")
    run_jobs()
    assert (state_of(zoe), state_of(late)) == (State.OFFERED, State.WAITING)
    assert zoe.until == EVERYONE + timedelta(hours=48)
    letter = Outgoing.objects.get(to="zoe@exemple.org")
    assert f"/loisirs/offre/{zoe.public_id}/" in letter.text
    assert "ordre" in letter.text and "une personne" in letter.text


def test_within_a_minute_of_a_hold_that_lapsed_the_sweep_offers_its_place(
    full: Full, settings: Settings, run_jobs: Run
) -> None:
    """Point 13."""
    group, _rows = full
    (zoe,) = hold(make_household("Zoé"), group, wait=True)
    at(settings, EVERYONE + timedelta(minutes=20))
    tasks.sweep_places()
    assert state_of(zoe) == State.OFFERED
    run_jobs()
    tasks.sweep_places()
    assert [event.what for event in events_of(zoe)] == [What.QUEUED, What.OFFERED]


def test_a_pair_that_waits_is_passed_over_by_one_freed_place_and_that_is_said(full: Full, run_jobs: Run) -> None:
    """Point 12."""
    group, (first, second) = full
    pair = hold(make_household("Zoé", "Max"), group, together=True, wait=True)
    (alone,) = hold(make_household("Ali"), group, wait=True)
    release(registration=first, channel="web")
    run_jobs()
    assert [state_of(row) for row in (*pair, alone)] == [State.WAITING, State.WAITING, State.OFFERED]
    assert [event.what for event in events_of(pair[0])] == [What.QUEUED, What.SKIPPED]
    decline_offer(registration=alone, channel="web")
    release(registration=second, channel="web")
    run_jobs()
    assert {state_of(row) for row in pair} == {State.OFFERED}


def test_a_pair_alone_on_the_list_is_told_once_that_one_place_is_not_enough(full: Full, run_jobs: Run) -> None:
    """Point 12."""
    group, (first, _second) = full
    pair = hold(make_household("Zoé", "Max"), group, together=True, wait=True)
    release(registration=first, channel="web")
    for _each in range(3):
        run_jobs()
        tasks.sweep_places()
    assert [event.what for event in events_of(pair[1])] == [What.QUEUED, What.SKIPPED]


def test_who_comes_later_does_not_take_the_place_of_who_waits(full: Full) -> None:
    group, (first, _second) = full
    (zoe,) = hold(make_household("Zoé"), group, wait=True)
    release(registration=first, channel="web")  # and no job ran yet
    (later,) = hold(make_household("Max"), group, wait=True)
    assert (state_of(zoe), later.state) == (State.OFFERED, State.WAITING)


def test_an_offer_accepted_is_in_the_cart(full: Full, run_jobs: Run, settings: Settings) -> None:
    group, (first, _second) = full
    household = make_household("Zoé")
    (zoe,) = hold(household, group, wait=True)
    release(registration=first, channel="web")
    run_jobs()
    at(settings, EVERYONE + timedelta(hours=47))
    for _twice in range(2):
        assert accept_offer(registration=zoe, channel="web") == [zoe]
    cart = open_cart(household)
    assert cart is not None and [line.registration for line in cart.lines] == [zoe]
    assert state_of(zoe) == State.HELD and zoe.until == EVERYONE + timedelta(hours=47, minutes=20)


def test_declined_by_the_link_it_frees_one_place_once(full: Full, run_jobs: Run) -> None:
    """Point 14."""
    group, (first, _second) = full
    waiting = [hold(make_household(name), group, wait=True)[0] for name in ("Zoé", "Max", "Ali")]
    release(registration=first, channel="web")
    run_jobs()
    assert decline_offer(registration=waiting[0], channel="web") == [waiting[0]]
    assert decline_offer(registration=waiting[0], channel="web") == []
    run_jobs()
    assert [state_of(row) for row in waiting] == [State.CANCELLED, State.OFFERED, State.WAITING]
    with pytest.raises(Conflict):
        decline_offer(registration=waiting[2], channel="web")
    with pytest.raises(Conflict):
        accept_offer(registration=waiting[0], channel="web")


def test_an_offer_left_for_48_hours_goes_to_the_next_one(full: Full, run_jobs: Run, settings: Settings) -> None:
    """Point 13."""
    group, _rows = full
    zoe, ali = (hold(make_household(name), group, wait=True)[0] for name in ("Zoé", "Ali"))
    change = Group.objects.filter(pk=group.pk)
    change.update(capacity=3)
    tasks.sweep_places()
    assert (state_of(zoe), state_of(ali)) == (State.OFFERED, State.WAITING)
    Registration.objects.exclude(pk__in=[zoe.pk, ali.pk]).update(state=State.CONFIRMED, until=None)
    at(settings, EVERYONE + timedelta(hours=48))
    tasks.sweep_places()
    assert (state_of(zoe), state_of(ali)) == (State.LAPSED, State.OFFERED)
    with pytest.raises(Conflict):
        accept_offer(registration=zoe, channel="web")


def test_a_capacity_cut_below_what_is_taken_drops_nobody_and_is_told(
    full: Full, season: Season, town: SmallTown
) -> None:
    """Point 15."""
    group, rows = full
    assert occupancy_of(season).over_capacity == []
    change_capacity(group=group, capacity=1, by=town.leisure_manager)
    assert [state_of(row) for row in rows] == [State.HELD, State.HELD]
    (view,) = occupancy_of(season).over_capacity
    assert (view.group, view.taken, view.left) == (group, 2, 0)
    (zoe,) = hold(make_household("Zoé"), group, wait=True)
    release(registration=rows[0], channel="web")
    tasks.sweep_places()
    assert state_of(zoe) == State.WAITING
