"""The catalogue: what it lists, by what it is filtered, and what it costs."""

from datetime import date, time, timedelta

from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.leisure.models import Activity, Season
from parvis.apps.leisure.queries.catalogue import (
    GroupFilter,
    current_groups,
    group_by_slug,
    listed_groups,
    published_seasons,
)  # fmt: skip
from parvis.apps.leisure.queries.registrations import open_cart, registrations_of
from parvis.lib import clock
from tests.leisure.making import EVERYONE, hold, make_activity, make_group, make_household, make_season


def test_groups_say_their_hours_their_places_and_their_openings(season: Season, swimming: Activity) -> None:
    group = make_group(season, swimming, day=date(2027, 2, 23), begins=time(9))
    hold(make_household("Léa"), group)
    (view,) = listed_groups(season)
    assert (view.capacity, view.left, view.waiting, view.weekday, view.begins) == (2, 1, 0, 1, time(9))
    assert view.meetings is not None and view.meetings.last_starts.time() == time(9), "beyond the change of clocks too"
    assert view.meetings.count == 10 and view.opens_everyone == EVERYONE


def test_filters_choose_by_age_day_words_and_places(season: Season, swimming: Activity) -> None:
    tuesday = make_group(season, swimming)
    yoga = make_activity("yoga", title_fr="Yoga doux", title_en="Gentle yoga", min_age=16)
    full = make_group(season, yoga, day=date(2027, 1, 15), capacity=0)

    def found(**values: object) -> list[str]:
        return [view.slug for view in listed_groups(season, GroupFilter(**values))]  # type: ignore[arg-type]

    assert found(age=10) == [tuesday.slug] and found(age=16) == [tuesday.slug, full.slug]
    assert found(day=4) == [full.slug] and found(free_only=True) == [tuesday.slug]
    assert found(words="cours de yoga") == [full.slug] and found(words="swimming") == [tuesday.slug]
    assert found(words="plongée") == [] and found(category="aquatique") == [tuesday.slug, full.slug]
    assert found(category="musique") == []


def test_what_is_not_published_or_over_or_cancelled_is_not_listed(
    season: Season, swimming: Activity, settings: Settings
) -> None:
    hidden = make_season("printemps", published_at=None)
    make_group(hidden, swimming)
    make_group(season, swimming, cancelled_at=clock.now())
    assert published_seasons() == [season] and current_groups() == [] and listed_groups(season) == []
    assert group_by_slug(make_group(hidden, swimming).slug) is None
    settings.PARVIS_NOW = (EVERYONE + timedelta(days=200)).isoformat()
    assert published_seasons() == []


def test_lists_cost_the_same_for_one_group_and_for_many(
    season: Season, swimming: Activity, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.PARVIS_UNPAID_HOUSEHOLD = 16
    households = [make_household("Léa", "Tom") for _each in range(2)]
    for many in (1, 8):
        for rank in range(many):
            hold(households[many > 1], make_group(season, swimming, begins=time(8 + rank)))
        with django_assert_num_queries(3):
            listed_groups(season)
        with django_assert_num_queries(8):
            cart = open_cart(households[many > 1])
        assert cart is not None and len(cart.lines) == 2 * many
        with django_assert_num_queries(2):
            assert len(registrations_of(households[many > 1])) == 2 * many
