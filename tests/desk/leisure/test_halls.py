"""Halls booked twice, on the pages of who manages leisure: seen, confirmed, and kept as typed meanwhile."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.directory.models import User
from parvis.apps.leisure.models import Group, Hall, Season
from tests.desk.leisure.made import NOW, make_activity, make_group, make_season
from tests.factories import SmallTown

SignIn = Callable[[User], Client]
SEASON = "/desk/loisirs/saison/hiver-2027/"


@pytest.fixture(autouse=True)
def _the_morning(settings: Settings) -> None:
    settings.PARVIS_NOW = NOW


@pytest.fixture
def manager(town: SmallTown, signed_in: SignIn) -> Client:
    return signed_in(town.leisure_manager)


def text(response: object) -> str:
    words = html.unescape(response.content.decode()).replace("\u00a0", " ")  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", words))


def page(response: object) -> str:
    return html.unescape(response.content.decode())  # type: ignore[attr-defined]


def seen_of(response: object) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page(response))
    return found[1] if found else ""


@pytest.fixture
def season() -> Season:
    """Two groups at the same hours, each in its hall."""
    season = make_season()
    other = Hall.objects.create(slug="gymnase", title_fr="Gymnase", title_en="Gymnasium")
    make_group(season, "natation", activity=make_activity("Natation 1"))
    make_group(season, "karate", activity=make_activity("Karaté"), hall=other)
    return season


def test_the_page_of_a_season_shows_each_hall_booked_twice_with_both_groups(manager: Client, season: Season) -> None:
    assert "salle à regarder" not in text(manager.get(SEASON))
    Group.objects.update(hall=Hall.objects.get(slug="bassin-b"))
    answer = manager.get(SEASON)
    assert "1 salle à regarder" in text(answer)
    assert (
        "Bassin B : Natation 1 et Karaté en même temps, samedi, de 9 h à 9 h 45, du 16 janvier au 6 mars 2027 "
        "(8 rencontres)"
    ) in text(answer)
    links = page(answer).split('class="trouble"')[1].split("</ul>")[0]
    assert 'href="/desk/loisirs/groupe/natation/"' in links and 'href="/desk/loisirs/groupe/karate/"' in links
    assert "Sa salle est prise, ou trop petite" in text(manager.get("/desk/loisirs/groupe/karate/"))


def test_the_page_of_a_season_shows_the_groups_larger_than_their_hall(manager: Client, season: Season) -> None:
    Hall.objects.filter(slug="gymnase").update(capacity=10)
    words = text(manager.get(SEASON))
    assert "Gymnase : Karaté, 15 places, alors que la salle accueille 10 personnes" in words


def test_the_page_of_a_season_costs_the_same_for_many_clashes(
    manager: Client, season: Season, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for rank in range(6):
        make_group(season, f"groupe-{rank}")
    manager.get(SEASON)
    with django_assert_max_num_queries(18):
        assert "21 salles à regarder" in text(manager.get(SEASON))


def test_a_hall_that_is_taken_is_confirmed_by_a_second_press_and_what_was_typed_is_kept(
    manager: Client, season: Season
) -> None:
    pool = Hall.objects.get(slug="bassin-b")
    form = {"capacity": "17", "non_resident_quota": "4", "hall": str(pool.pk), "instructor": ""}
    asked = manager.post("/desk/loisirs/groupe/karate/", form)
    group = Group.objects.get(slug="karate")
    assert asked.status_code == 409 and (group.capacity, group.hall.slug) == (15, "gymnase")
    words = text(asked)
    assert "Conserver quand même?" in words and "Conserver quand même" in words and "Natation 1" in words
    assert 'value="17"' in page(asked) and f'value="{pool.pk}" selected' in page(asked)
    answer = manager.post("/desk/loisirs/groupe/karate/", form | {"seen": seen_of(asked)}, follow=True)
    assert answer.status_code == 200 and "C’est gardé" in text(answer)
    group.refresh_from_db()
    assert (group.capacity, group.hall, group.non_resident_quota) == (17, pool, 4)


def test_a_form_without_a_hall_leaves_it_as_it_is(manager: Client, season: Season) -> None:
    answer = manager.post("/desk/loisirs/groupe/karate/", {"capacity": "9", "instructor": ""})
    assert answer.status_code == 302 and Group.objects.get(slug="karate").hall.slug == "gymnase"


def test_copying_a_season_that_books_a_hall_twice_is_confirmed_by_a_second_press(
    manager: Client, season: Season
) -> None:
    Group.objects.update(hall=Hall.objects.get(slug="bassin-b"))
    form = {"title_fr": "Printemps 2027", "title_en": "", "slug": "printemps-2027", "starts_on": "2027-04-06"}
    asked = manager.post(f"{SEASON}copier/", form)
    assert asked.status_code == 409 and not Season.objects.filter(slug="printemps-2027").exists()
    assert "Copier quand même" in text(asked) and 'value="Printemps 2027"' in page(asked)
    made = manager.post(f"{SEASON}copier/", form | {"seen": seen_of(asked)}, follow=True)
    assert "La saison est copiée" in text(made) and "1 salle à regarder" in text(made)


def test_a_meeting_moved_meanwhile_asks_again(manager: Client, season: Season) -> None:
    pool = Hall.objects.get(slug="bassin-b")
    form = {"capacity": "15", "hall": str(pool.pk), "instructor": ""}
    asked = manager.post("/desk/loisirs/groupe/karate/", form)
    for meeting in Group.objects.get(slug="natation").meetings.all():
        meeting.starts_at += timedelta(minutes=10)
        meeting.save()
    again = manager.post("/desk/loisirs/groupe/karate/", form | {"seen": seen_of(asked)})
    assert again.status_code == 409 and seen_of(again) != seen_of(asked)
