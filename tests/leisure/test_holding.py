"""Taking places: openings, ages, what comes before, all or none, twice the same, and time that is up."""

from datetime import date, datetime, time, timedelta

import pytest
from pytest_django import Settings

from parvis.apps.households.models import Individual
from parvis.apps.leisure.models import Activity, Group, Registration, RegistrationEvent, Season
from parvis.apps.leisure.queries.catalogue import group_by_slug
from parvis.apps.leisure.queries.clashes import clashes_of
from parvis.apps.leisure.queries.registrations import events_of, open_cart
from parvis.apps.leisure.services.refusals import Closed, Full, NotOpen
from parvis.apps.leisure.services.registering import extend_hold, release
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import SmallTown
from tests.leisure.making import (
    BEFORE,
    CLOSES,
    EVERYONE,
    RESIDENTS,
    add_child,
    children_of,
    hold,
    make_activity,
    make_group,
    make_household,
    make_resident,
    make_season,
)  # fmt: skip

State, What = Registration.State, RegistrationEvent.What


def at(settings: Settings, moment: datetime) -> None:
    settings.PARVIS_NOW = moment.isoformat()


def left(group: Group) -> int:
    view = group_by_slug(group.slug)
    assert view is not None
    return view.left


@pytest.mark.parametrize("resident", [True, False])
def test_it_opens_to_the_second(season: Season, swimming: Activity, settings: Settings, resident: bool) -> None:
    """Point 5."""
    group, household = make_group(season, swimming), make_household("Léa", resident=resident)
    opens = RESIDENTS if resident else EVERYONE
    at(settings, opens - timedelta(milliseconds=1))
    with pytest.raises(NotOpen) as refused:
        hold(household, group)
    assert refused.value.opens_at == opens and not Registration.objects.exists()
    at(settings, opens)
    assert [row.state for row in hold(household, group)] == [State.HELD]


def test_who_lives_elsewhere_is_told_when_and_the_true_reason(
    season: Season, swimming: Activity, settings: Settings
) -> None:
    """Points 6 and 7."""
    group = make_group(season, swimming)
    at(settings, RESIDENTS)
    stranger, expired = make_household("Léa", resident=False), make_household("Tom", resident=False)
    make_resident(expired, until=date(2026, 12, 8))
    for household, reason in (
        (stranger, "n’est pas connue comme résidant"),
        (expired, "a pris fin le mardi 8 décembre"),
    ):
        with pytest.raises(NotOpen) as refused:
            hold(household, group)
        words = str(refused.value).replace("\u00a0", " ")
        assert refused.value.opens_at == EVERYONE
        assert "le mardi 15 décembre à 8 h" in words and reason in words


def test_a_season_opens_at_its_hour_on_both_sides_of_a_change_of_clocks(
    swimming: Activity, opened: None, settings: Settings
) -> None:
    """Point 5."""
    for slug, day in (("mars", date(2027, 3, 14)), ("novembre", date(2027, 11, 7))):
        opens = datetime.combine(day, time(8), RESIDENTS.tzinfo)
        values = {"starts_on": date(2027, 12, 1), "ends_on": date(2027, 12, 20), "closes_at": opens + timedelta(days=9)}
        season = make_season(slug, residents_open_at=opens, everyone_opens_at=opens, **values)
        group, household = make_group(season, swimming), make_household("Léa", resident=False)
        settings.PARVIS_NOW = (opens - timedelta(seconds=1)).astimezone(BEFORE.tzinfo).isoformat()
        with pytest.raises(NotOpen):
            hold(household, group)
        settings.PARVIS_NOW = opens.astimezone(BEFORE.tzinfo).isoformat()
        assert hold(household, group)


def test_after_the_closing_the_town_still_registers_by_telephone(
    season: Season, swimming: Activity, settings: Settings, town: SmallTown
) -> None:
    group, household = make_group(season, swimming), make_household("Léa")
    at(settings, CLOSES)
    with pytest.raises(Closed):
        hold(household, group)
    (row,) = hold(household, group, by=town.agent)
    (event,) = events_of(row)
    assert (event.channel, event.by) == ("phone", town.agent)
    with pytest.raises(NotAllowed):
        hold(make_household("Tom"), group, by=town.technician)


@pytest.mark.parametrize(
    ("born", "fits"),
    [
        (date(2021, 1, 1), True),
        (date(2021, 1, 2), False),
        (date(2018, 1, 2), True),
        (date(2018, 1, 1), False),
    ],
)
def test_the_age_is_that_of_the_rule_date(season: Season, opened: None, born: date, fits: bool) -> None:
    """Point 16."""
    group = make_group(season, make_activity(min_age=6, max_age=8))
    household = make_household("Léa", born=born)
    if fits:
        assert hold(household, group)
    else:
        with pytest.raises(Invalid) as refused:
            hold(household, group)
        assert list(refused.value.fields) == [children_of(household)[0].public_id]


def test_someone_born_on_29_february_is_a_year_older_on_1_march(opened: None) -> None:
    """Point 16."""
    for slug, rule, fits in (("a", date(2027, 2, 28), False), ("b", date(2027, 3, 1), True)):
        group = make_group(make_season(slug, rule_date=rule), make_activity(f"six-{slug}", min_age=7))
        household = make_household("Léa", born=date(2020, 2, 29))
        if fits:
            assert hold(household, group)
        else:
            with pytest.raises(Invalid):
                hold(household, group)


def test_what_comes_before_is_asked_for_and_the_staff_sets_it_aside_with_a_reason(
    season: Season, swimming: Activity, town: SmallTown
) -> None:
    """Point 17."""
    group = make_group(season, make_activity("natation-4", prerequisite=swimming))
    household = make_household("Léa", "Tom")
    lea, tom = children_of(household)
    autumn = make_season("automne", starts_on=date(2026, 9, 1), ends_on=date(2026, 12, 12))
    done = make_group(autumn, swimming)
    with pytest.raises(Invalid) as refused:
        hold(household, group)
    assert set(refused.value.fields) == {lea.public_id, tom.public_id}
    values = {"household": household, "state": State.CONFIRMED, "channel": "web", "assurance": 1, "made_at": BEFORE}
    Registration.objects.create(group=done, individual=lea, resident=True, price_cents=1, **values)
    assert hold(household, group, lea)
    with pytest.raises(Invalid):
        hold(household, group, tom)
    with pytest.raises(Invalid):
        hold(household, group, tom, override="Il nage bien")
    (row,) = hold(household, group, tom, override="Il nage bien", by=town.agent)
    event = next(event for event in events_of(row) if event.what == What.OVERRIDDEN)
    assert (event.words, event.by) == ("Il nage bien", town.agent)


def test_sent_twice_it_is_one_registration(season: Season, swimming: Activity) -> None:
    """Point 10."""
    group, household = make_group(season, swimming), make_household("Léa")
    assert hold(household, group) == hold(household, group)
    assert Registration.objects.count() == 1 and left(group) == 1


def test_a_child_of_two_households_has_one_place(season: Season, swimming: Activity) -> None:
    """Point 10."""
    group, mother, father = make_group(season, swimming), make_household("Émile"), make_household()
    (emile,) = children_of(mother)
    add_child(father, emile)
    hold(mother, group)
    with pytest.raises(Invalid) as refused:
        hold(father, group, emile)
    assert list(refused.value.fields) == [emile.public_id]
    assert open_cart(father) is None


def test_two_together_for_one_place_take_none_and_touch_nothing(season: Season, swimming: Activity) -> None:
    """Point 11."""
    group, household = make_group(season, swimming, capacity=1), make_household("Léa", "Tom")
    with pytest.raises(Full, match="ensemble"):
        hold(household, group, together=True)
    assert left(group) == 1 and not Registration.objects.exists()
    rows = hold(household, group, together=True, wait=True)
    assert {row.state for row in rows} == {State.WAITING} and left(group) == 1
    assert rows[0].together == rows[1].together != ""


def test_one_by_one_they_take_what_is_left(season: Season, swimming: Activity) -> None:
    group, household = make_group(season, swimming, capacity=1), make_household("Léa", "Tom")
    rows = hold(household, group, wait=True)
    assert [row.state for row in rows] == [State.HELD, State.WAITING]


def test_a_full_group_names_the_nearest_with_places(season: Season, swimming: Activity) -> None:
    group = make_group(season, swimming, capacity=0)
    make_group(season, swimming, day=date(2027, 1, 15), begins=time(18))
    near = make_group(season, swimming, day=date(2027, 1, 13), begins=time(9))
    make_group(season, swimming, day=date(2027, 1, 12), begins=time(19), capacity=0)
    make_group(season, make_activity("yoga"), day=date(2027, 1, 12), begins=time(19))
    with pytest.raises(Full) as refused:
        hold(make_household("Léa"), group)
    assert refused.value.suggestion is not None and refused.value.suggestion.group == near


def test_a_hold_ends_by_itself_though_no_worker_runs(season: Season, swimming: Activity, settings: Settings) -> None:
    """Point 8."""
    group, household, other = make_group(season, swimming, capacity=1), make_household("Léa"), make_household("Tom")
    (row,) = hold(household, group)
    assert left(group) == 0
    at(settings, EVERYONE + timedelta(minutes=20))
    assert left(group) == 1 and open_cart(household) is None
    (taken,) = hold(other, group)
    assert taken.state == State.HELD
    row.refresh_from_db()
    lapsed = events_of(row)[-1]
    assert (row.state, lapsed.what, lapsed.at) == (State.LAPSED, What.LAPSED, EVERYONE + timedelta(minutes=20))
    with pytest.raises(Full):
        hold(household, group)


def test_the_whole_cart_has_one_end_that_is_put_off_once(
    season: Season, swimming: Activity, settings: Settings
) -> None:
    """Point 9."""
    household = make_household("Léa")
    first, second = make_group(season, swimming), make_group(season, swimming, day=date(2027, 1, 14))
    hold(household, first)
    at(settings, EVERYONE + timedelta(minutes=19))
    hold(household, second)
    cart = open_cart(household)
    assert cart is not None and cart.expires_at == EVERYONE + timedelta(minutes=20) and cart.may_extend
    extend_hold(cart=cart.cart)
    with pytest.raises(Conflict):
        extend_hold(cart=cart.cart)
    at(settings, EVERYONE + timedelta(minutes=29, seconds=59))
    cart = open_cart(household)
    assert cart is not None and len(cart.lines) == 2 and not cart.may_extend
    at(settings, EVERYONE + timedelta(minutes=30))
    assert open_cart(household) is None
    with pytest.raises(Conflict):
        extend_hold(cart=cart.cart)


def test_a_place_given_back_is_free_and_an_empty_cart_begins_again(
    season: Season, swimming: Activity, settings: Settings
) -> None:
    group, household = make_group(season, swimming, capacity=1), make_household("Léa")
    (row,) = hold(household, group)
    for _twice in range(2):
        assert release(registration=row, channel="web").state == State.CANCELLED
    assert left(group) == 1 and [event.what for event in events_of(row)] == [What.HELD, What.RELEASED]
    at(settings, EVERYONE + timedelta(minutes=15))
    hold(household, group)
    cart = open_cart(household)
    assert cart is not None and cart.expires_at == EVERYONE + timedelta(minutes=35)


def test_the_price_quoted_is_honoured_when_it_rises(season: Season, swimming: Activity) -> None:
    """Point 21."""
    group, household = make_group(season, swimming), make_household("Léa", "Tom")
    hold(household, group)
    Group.objects.update(price_cents=200_00)
    season.rebates = [0, 5]
    season.save()
    cart = open_cart(household)
    assert cart is not None and [line.priced.net for line in cart.lines] == [120_00, 114_00]


def test_clashes_are_told_and_nothing_is_refused(season: Season, swimming: Activity) -> None:
    """Point 18."""
    household = make_household("Léa", "Tom")
    lea, tom = children_of(household)
    skating = make_activity("patinage")
    pool = make_group(season, swimming)
    rink = make_group(season, skating, begins=time(18, 30), hall="aréna")
    after = make_group(season, skating, begins=time(19), hall="gymnase")
    rows = [*hold(household, pool, lea), *hold(household, rink, lea, tom), *hold(household, after, tom)]
    found = clashes_of(rows)
    first, second, third, fourth = (found[row.pk] for row in rows)
    assert [(clash.other, clash.of_the_same) for clash in first] == [(rows[1], True), (rows[2], False)]
    assert [clash.other for clash in second] == [rows[0], rows[3]]
    assert [(clash.other, clash.of_the_same) for clash in third] == [(rows[0], False), (rows[3], True)]
    assert [clash.other for clash in fourth] == [rows[1], rows[2]]


def test_nobody_registers_someone_of_another_household(season: Season, swimming: Activity) -> None:
    group, household, other = make_group(season, swimming), make_household("Léa"), make_household("Tom")
    with pytest.raises(Invalid):
        hold(household, group, *children_of(other))
    with pytest.raises(Invalid):
        hold(household, group, Individual.objects.get(name__startswith="Louise", links__household=other))
