"""The question box finds groups by their words and an age."""

import pytest
from django.test import Client

from parvis.apps.leisure.models import Activity, Season
from parvis.apps.leisure.queries.asking import groups_asked
from parvis.apps.leisure.queries.catalogue import current_groups
from tests.leisure.making import hold, make_activity, make_group, make_household

pytestmark = pytest.mark.django_db


def slugs(question: str) -> list[str]:
    return [view.slug for view in groups_asked(question, current_groups())]


def test_a_question_finds_the_groups_of_its_words_and_its_age(season: Season) -> None:
    make_group(season, make_activity("petits", title_fr="Natation, préscolaire", min_age=3, max_age=5), slug="petits")
    make_group(season, make_activity("grands", title_fr="Natation, niveau 2", min_age=6, max_age=9), slug="grands")
    make_group(season, make_activity("danse", title_fr="Danse, niveau 2", title_en="Dance, level 2"), slug="danse")

    assert slugs("cours de natation 5 ans") == ["petits"]
    assert set(slugs("Y a-t-il de la natation?")) == {"petits", "grands"}
    assert slugs("dance class for a child") == ["danse"]
    assert slugs("niveau de la rivière") == slugs("les ordures en ligne") == slugs("quand passent les ordures") == []


def test_groups_with_places_come_first(season: Season, swimming: Activity) -> None:
    full = make_group(season, swimming, slug="a-complet")
    make_group(season, swimming, slug="b-libre")
    hold(make_household("Léa", "Tom"), full)

    assert slugs("natation") == ["b-libre", "a-complet"]


def test_the_answer_to_a_question_shows_them_with_their_places(
    client: Client, season: Season, swimming: Activity
) -> None:
    make_group(season, swimming, slug="natation-mardi")

    page = client.get("/", {"q": "cours de natation"}).content.decode()

    assert (
        "/loisirs/natation-mardi/" in page
        and "Reste 2\xa0places" in page.replace("&nbsp;", "\xa0")
        or "Reste 2 places" in page
    )
