"""The number beside each filter of the catalogue is how many groups choosing it lists, the other filters kept."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from itertools import combinations
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from parvis.apps.leisure.models import ActivityCategory, Season
from parvis.lib.ttl_cache import forget_all
from tests.leisure.making import make_activity, make_group

pytestmark = pytest.mark.django_db
PAGE = "/loisirs/"
CHOICES = {
    "age": ("5", "40"),
    "jour": tuple("0123456"),
    "genre": ("aquatique", "musique"),
    "places": ("1",),
    "mots": ("natation", "chorale de soir", "choir"),
}
PAIRS = list(combinations(CHOICES, 2))
BESIDE = re.compile(r'name="(jour|genre|places)"\s+value="(\w*)"[^>]*>[^<]*<span>(\d+)</span>')


@pytest.fixture
def programme(season: Season) -> None:
    """Two kinds of activities for several ages, on every day but Sunday, some of them full."""
    music = ActivityCategory.objects.create(slug="musique", title_fr="Musique", title_en="Music", position=2)
    kinds = [
        make_activity("natation-1", title_fr="Natation 1", min_age=4, max_age=6),
        make_activity("natation-adultes", title_fr="Natation adultes", min_age=16),
        make_activity("chorale", title_fr="Chorale du soir", title_en="Choir", category=music),
        make_activity("eveil", title_fr="Éveil musical", category=music, max_age=5),
    ]
    for number in range(24):
        day = date(2027, 1, 11 + number % 6)
        make_group(season, kinds[number * 7 % 5 % 4], day=day, begins=time(8 + number // 6), capacity=number % 3)


def looked_at(client: Client, chosen: Mapping[str, str]) -> tuple[int, dict[tuple[str, str], int]]:
    """How many groups the page lists, and the number beside each value of its filters."""
    page = client.get(f"{PAGE}?{urlencode(chosen)}").content.decode()
    beside = {(name, value): int(count) for name, value, count in BESIDE.findall(page)}
    return page.count('<article class="course"'), beside


def filters() -> Iterator[dict[str, str]]:
    """No filter, each one alone, then every pair."""
    yield {}
    for name, values in CHOICES.items():
        yield from ({name: value} for value in values)
    for one, other in PAIRS:
        yield from ({one: value, other: another} for value in CHOICES[one] for another in CHOICES[other])


@pytest.mark.usefixtures("programme")
def test_the_number_beside_each_value_is_how_many_groups_it_lists_whatever_the_other_filters(client: Client) -> None:
    known: dict[tuple[tuple[str, str], ...], int] = {}

    def listed(chosen: Mapping[str, str]) -> int:
        key = tuple(sorted((name, value) for name, value in chosen.items() if value))
        if key not in known:
            known[key] = looked_at(client, chosen)[0]
        return known[key]

    wrong = []
    for chosen in filters():
        _count, beside = looked_at(client, chosen)
        assert len(beside) == 1 + 7 + 3, beside
        wrong += [
            (chosen, name, value, count, listed({**chosen, name: value}))
            for (name, value), count in beside.items()
            if count != listed({**chosen, name: value})
        ]
    assert not wrong, wrong[:5]
    assert len(set(known.values())) > 5, "the filters leave different numbers of groups"


@pytest.mark.usefixtures("programme")
def test_any_number_of_filters_is_looked_through_in_one_count_of_the_places(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    forget_all()
    client.get(PAGE)
    with django_assert_num_queries(0):
        for chosen in ({"age": "5"}, {"age": "5", "jour": "0"}, {"genre": "musique", "places": "1"}):
            assert looked_at(client, chosen)[1]
