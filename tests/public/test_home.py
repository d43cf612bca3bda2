"""The home: one question, the subjects folded with the date that counts, and its states (point 2 of the site)."""

from datetime import date
from http import HTTPStatus
from typing import Literal

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.content.queries.snapshot import Family, NextDate, SubjectCard
from parvis.apps.news.services.items import publish_item
from parvis.surfaces.public.ask.dates import AnsweredFamily, answered
from tests.factories import SmallTown
from tests.public.makers import shed_answer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _answered(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    shed_answer(town)


def test_the_question_may_hold_several_lines_and_comes_back_whole(client: Client) -> None:
    home = client.get("/").content.decode()
    box = home[home.index("<textarea") : home.index("</textarea>")]
    assert 'id="q"' in box and 'name="q"' in box and "data-enter-sends" in box
    found = client.get("/", {"q": "Un cabanon\r\n<8 x 10>, permis?"})
    page = found.content.decode()
    assert found.status_code == HTTPStatus.OK and "Cabanon" in page
    assert ">Un cabanon\r\n&lt;8 x 10&gt;, permis?</textarea>" in page, "as it was typed, without a space added"


def test_whoever_saves_data_has_the_headline_without_the_picture(client: Client) -> None:
    publish_item(key="m1", title_fr="La place s’allume", text_fr="Samedi.")
    whole = client.get("/")
    spared = client.get("/", headers={"Save-Data": "on"})
    assert "scene-svg" in whole.content.decode() and "scene-svg" not in spared.content.decode()
    assert "La place s’allume" in spared.content.decode()
    assert "Save-Data" in whole.headers["Vary"] and whole.headers["ETag"] != spared.headers["ETag"]
    again = client.get("/", headers={"Save-Data": "on", "If-None-Match": spared.headers["ETag"]})
    assert again.status_code == HTTPStatus.NOT_MODIFIED


def test_each_subject_stands_under_its_family_and_requests_do_not(client: Client, town: SmallTown) -> None:
    page = client.get("/").content.decode()
    subjects = page[page.index('id="subjects"') : page.index('id="reach"')]
    assert subjects.count("<details") == subjects.count("<summary") > 0
    assert "/reponses/cabanon/" in subjects and "/reponses/nid-de-poule/" not in subjects


def test_the_closed_line_tells_the_nearest_date_of_its_subjects() -> None:
    def card(slug: str, kind: Literal["answer", "request"], when: date | None) -> SubjectCard:
        following = NextDate(f"date de {slug}", when, "") if when else None
        return SubjectCard(
            slug,
            slug,
            "",
            kind,
            "",
            "",
            "",
            "",
            0,
            True,
            False,
            "request",
            "",
            None,
            "f",
            following,
            (),
        )

    cards = (
        card("a", "answer", date(2026, 12, 8)), card("b", "answer", date(2026, 11, 25)), card("c", "answer", None),
        card("d", "request", date(2026, 11, 24)),
    )  # fmt: skip
    rows = answered([Family("f", "F", cards), Family("vide", "Vide", cards[3:])])
    assert [row.slug for row in rows] == ["f"] and [one.slug for one in rows[0].cards] == ["a", "b", "c"]
    following = rows[0].next_date
    assert following and following.words == "date de b" and following.is_near
    assert AnsweredFamily("g", "G", cards[2:3]).next_date is None


def test_without_news_there_is_no_empty_place_and_no_alert_leaves_no_band(client: Client) -> None:
    page = client.get("/").content.decode()
    assert 'id="h-news"' not in page and "scene-svg" not in page and "alert-band " not in page
    publish_item(key="m1", title_fr="Une seule", text_fr="x")
    page = client.get("/").content.decode()
    assert "Une seule" in page and 'id="h-news"' not in page, "the only one is at the head"
