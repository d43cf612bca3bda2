"""The race for the last place: one winner each time, none lost, on both databases.

100 tries in each run of the tests, 10,000 in `make soak PART=leisure`.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection
from pytest_django import Settings

from parvis.apps.households.models import Household
from parvis.apps.leisure.models import Group, Registration
from parvis.apps.leisure.queries.aid import aid_of
from parvis.apps.leisure.queries.registrations import open_cart
from parvis.apps.leisure.services.aid import give_aid
from parvis.apps.leisure.services.keeping import bring_in
from parvis.apps.leisure.services.refusals import Full
from parvis.apps.leisure.services.registering import check_out, extend_hold
from parvis.apps.leisure.services.waiting import promote
from parvis.lib.errors import Conflict, Invalid
from tests.factories import SmallTown
from tests.heavy import amount
from tests.leisure.making import OPENED, children_of, hold, make_activity, make_group, make_household, make_season

HANDS = 10
ROUNDS = amount(1_000, sample=10)
pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]


def at_once(hands: int, work: object) -> list[str]:
    """What each of so many threads got of `work(rank)`, all begun at the same moment."""
    gate = Barrier(hands)

    def run(rank: int) -> str:
        try:
            gate.wait(10)
            return str(work(rank))  # type: ignore[operator]
        finally:
            connection.close()

    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(run, range(hands)))


@pytest.fixture
def households(town: SmallTown, settings: Settings) -> list[Household]:
    settings.PARVIS_NOW = OPENED
    settings.PARVIS_COUNTER_AFTER_HOURS = 0
    return [make_household("Léa", "Tom") for _each in range(HANDS)]


@pytest.mark.soak("leisure", sampled=True)
def test_the_last_place_has_one_winner(households: list[Household]) -> None:
    """Point 1."""
    season, activity = make_season(), make_activity()
    children = [children_of(household)[0] for household in households]
    for _round in range(ROUNDS):
        group = make_group(season, activity, weeks=0, capacity=1)

        def take(rank: int, group: Group = group) -> str:
            try:
                return hold(households[rank], group, children[rank])[0].state
            except Full:
                return "full"

        assert Counter(at_once(HANDS, take)) == {"held": 1, "full": HANDS - 1}
        assert Registration.objects.filter(group=group).count() == 1


def test_the_last_place_for_non_residents_has_one_winner(households: list[Household]) -> None:
    """Point 1, within a quota: residents still have every other place."""
    season, activity = make_season(), make_activity()
    strangers = [make_household("Zoé", resident=False) for _each in range(5)]
    everyone = [*strangers, *households[:5]]
    children = [children_of(household)[0] for household in everyone]
    for _round in range(amount(20, sample=3)):
        group = make_group(season, activity, weeks=0, capacity=4, non_resident_quota=1)

        def take(rank: int, group: Group = group) -> str:
            try:
                hold(everyone[rank], group, children[rank])
            except Full:
                return "full"
            return "resident" if rank >= len(strangers) else "other"

        got = Counter(at_once(len(everyone), take))
        assert got["other"] <= 1 and got["resident"] + got["other"] == 4 and got["full"] == 6


def test_one_person_never_has_more_groups_of_an_activity_than_it_allows(households: list[Household]) -> None:
    season, activity = make_season(), make_activity(most_per_season=1)
    groups = [make_group(season, activity, weeks=0, capacity=5) for _each in range(6)]
    family, child = households[0], children_of(households[0])[0]

    def take(rank: int) -> str:
        try:
            return hold(family, groups[rank], child)[0].state
        except Invalid:
            return "no"

    assert Counter(at_once(len(groups), take)) == {"held": 1, "no": 5}


def test_pairs_and_others_share_the_places_without_one_too_many(households: list[Household]) -> None:
    """Points 1 and 11."""
    season, activity = make_season(), make_activity()
    group = make_group(season, activity, capacity=7)

    def take(rank: int) -> str:
        pair = rank % 2 == 0
        people = children_of(households[rank])[: 2 if pair else 1]
        return ",".join(row.state for row in hold(households[rank], group, *people, together=pair, wait=True))

    got = at_once(HANDS, take)
    held = Registration.objects.filter(group=group, state="held").count()
    assert "held,waiting" not in got and Registration.objects.count() == 15
    assert held == 7 or (held == 6 and all(row != "waiting" for row in got))


def test_one_family_in_several_tabs_has_one_registration_and_one_cart(households: list[Household]) -> None:
    """Point 10."""
    season, activity = make_season(), make_activity()
    groups = [make_group(season, activity, capacity=5) for _each in range(2)]
    family = households[0]
    at_once(HANDS, lambda rank: len(hold(family, groups[rank % 2])))
    cart = open_cart(family)
    assert cart is not None and len(cart.lines) == 4 and Registration.objects.count() == 4

    def extend(_rank: int) -> str:
        try:
            extend_hold(cart=cart.cart)
        except Conflict:
            return "no"
        return "yes"

    assert Counter(at_once(4, extend)) == {"yes": 1, "no": 3}


def test_carts_billed_at_once_never_have_more_aid_than_its_maximum(
    households: list[Household], town: SmallTown
) -> None:
    """Point 20."""
    season, activity = make_season(), make_activity()
    groups = [make_group(season, activity, weeks=0, capacity=5) for _each in range(6)]
    family = households[0]
    give_aid(
        household=family,
        season=season,
        percent=50,
        most_cents=100_00,
        ends_on=season.ends_on,
        reason="Exemple",
        by=town.leisure_manager,
    )

    def bill(rank: int) -> str:
        hold(family, groups[rank], children_of(family)[0])
        try:
            check_out(household=family, language="fr", at_counter=True, channel="web")
        except Conflict:  # another one billed the whole cart
            return "no"
        return "yes"

    at_once(len(groups), bill)
    found = aid_of(family, season)
    assert found is not None and found.given_cents <= 100_00
    assert Registration.objects.filter(state="awaiting").exists()


def test_last_seasons_participants_are_brought_in_once_by_several_managers_at_once(
    households: list[Household], town: SmallTown, settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-11-25T12:00:00-05:00"
    season, activity = make_season(), make_activity()
    before = make_group(make_season("automne"), activity, weeks=0, capacity=10)
    group = make_group(season, activity, weeks=0, capacity=3, previous=before)
    for household in households[:5]:
        values = {"channel": "web", "assurance": 2, "resident": True, "price_cents": 1, "made_at": season.published_at}
        child = children_of(household)[0]
        Registration.objects.create(group=before, household=household, individual=child, state="confirmed", **values)
    day = date(2026, 12, 4)

    def bring(_rank: int) -> int:
        return len(bring_in(season=season, groups=[group], until=day, by=town.leisure_manager).offers)

    assert Counter(at_once(4, bring)) == {"3": 1, "0": 3}
    assert Registration.objects.filter(group=group, state="offered").count() == 3


def test_a_freed_place_is_offered_once_whatever_the_number_of_workers(households: list[Household]) -> None:
    """Points 13 and 14."""
    season, activity = make_season(), make_activity()
    group = make_group(season, activity, capacity=0)
    for household in households[:4]:
        hold(household, group, *children_of(household)[:1], wait=True)
    Group.objects.update(capacity=1)
    assert sorted(at_once(6, lambda _rank: len(promote(group_id=group.pk)))) == ["0"] * 5 + ["1"]
    assert Registration.objects.filter(state="offered").count() == 1
