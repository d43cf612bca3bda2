"""Cacheable pages: a 304 costs nothing, and they change when their content does."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.content.models import Fact
from parvis.apps.content.services.content import set_fact
from parvis.apps.directory.models import Actor, Town, User
from parvis.apps.directory.queries import forget as forget_town
from parvis.apps.matching.queries.suggesting import forget as forget_answers
from parvis.surfaces.public import http_cache
from tests.factories import SmallTown
from tests.public.makers import shed_answer, words

PAGES = ["/", "/reponses/", "/reponses/cabanon/", "/reponses/nid-de-poule/"]
VARY = {"/": "Cookie, Save-Data"}  # the home has a picture; "Cookie" for the others


@pytest.fixture(autouse=True)
def _answered(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    shed_answer(town)


def asked_again(client: Client, path: str, etag: str) -> int:
    return client.get(path, headers={"if-none-match": etag}).status_code


@pytest.mark.parametrize(
    "changed", ["ui/templatetags/ui.py", "lib/quebec.py", "public/templates/public/home.html", "ui/static/ui/page.css"]
)
def test_a_page_changes_with_any_file_of_the_installed_code(
    client: Client, changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / changed
    file.parent.mkdir(parents=True)
    file.write_text("before")
    monkeypatch.setattr(http_cache, "PACKAGE", tmp_path)
    seen = []
    for text in ("before", "after!"):
        file.write_text(text)
        http_cache.release.cache_clear()
        seen.append(client.get("/")["ETag"])
    http_cache.release.cache_clear()
    assert seen[0] != seen[1]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_did_not_change_is_not_made_again(
    client: Client, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = client.get(path)
    assert first["ETag"] == Client().get(path)["ETag"] and client.head(path)["ETag"] == first["ETag"]
    assert "no-cache" in first["Cache-Control"] and first["Vary"] == f"{VARY.get(path, 'Cookie')}, Accept-Encoding"
    with django_assert_num_queries(0):
        again = client.get(path, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert "no-cache" in again["Cache-Control"] and again["Vary"] == VARY.get(path, "Cookie")


@pytest.mark.parametrize("path", [*PAGES, "/?q=cabanon", "/reponses/nowhere/"])
def test_a_visitor_is_given_no_cookie_and_no_session(client: Client, path: str) -> None:
    response = client.get(path)
    assert not response.cookies and Session.objects.count() == 0
    assert b"csrfmiddlewaretoken" not in response.content


def test_a_new_value_a_new_text_and_a_new_town_change_the_page(client: Client, town: SmallTown) -> None:
    seen = [client.get("/reponses/cabanon/")["ETag"]]
    old = Fact.objects.get(key="cabanon.tarif")
    set_fact(
        key="cabanon.tarif", kind="money", value=5000, label_fr="Tarif", label_en="Fee", owner=old.owner,
        source_title="Règlement 2027", verified_on=date(2026, 11, 24),
        by=Actor.system(),
    )  # fmt: skip
    assert "50 $" in words(client, "/reponses/cabanon/")
    seen.append(client.get("/reponses/cabanon/")["ETag"])
    answer = town.shed.answer
    answer.short_fr = "Il faut encore un permis."
    answer.save_revision().publish()
    assert "Il faut encore un permis." in words(client, "/reponses/cabanon/")
    seen.append(client.get("/reponses/cabanon/")["ETag"])
    Town.objects.update(phone="+14185550123")
    forget_town()
    assert "418 555-0123" in words(client, "/reponses/cabanon/")
    seen.append(client.get("/reponses/cabanon/")["ETag"])
    assert len(set(seen)) == 4
    assert [asked_again(client, "/reponses/cabanon/", etag) for etag in seen] == [200, 200, 200, 304]


def test_the_day_a_fact_lapses_the_page_changes(client: Client, settings: Settings) -> None:
    etag = client.get("/reponses/cabanon/")["ETag"]
    settings.PARVIS_NOW = "2027-01-01T00:01:00-05:00"
    forget_answers()
    assert asked_again(client, "/reponses/cabanon/", etag) == 200
    page = words(client, "/reponses/cabanon/")
    assert "42,50 $" not in page and "valait jusqu’au 31 décembre 2026; nous ne le donnons plus" in page


@pytest.mark.parametrize(("cookie", "value"), [("lang", "en"), ("look", "dark")])
def test_the_language_and_the_look_have_pages_of_their_own(client: Client, cookie: str, value: str) -> None:
    etag = client.get("/reponses/cabanon/")["ETag"]
    client.cookies[cookie] = value
    assert asked_again(client, "/reponses/cabanon/", etag) == 200
    mine = client.get("/reponses/cabanon/")["ETag"]
    assert asked_again(client, "/reponses/cabanon/", mine) == 304


def test_someone_signed_in_reads_the_same_page(signed_in: Callable[[User], Client], town: SmallTown) -> None:
    agent_page = signed_in(town.agent).get("/reponses/cabanon/")
    assert agent_page["ETag"] == Client().get("/reponses/cabanon/")["ETag"]
    assert town.agent.first_name not in agent_page.content.decode()


def test_search_engines_find_each_page_once_in_both_languages(client: Client, settings: Settings) -> None:
    site = settings.PARVIS_URL
    robots, sitemap = client.get("/robots.txt").content.decode(), client.get("/sitemap.xml").content.decode()
    assert "Disallow: /suivi/" in robots and f"Sitemap: {site}/sitemap.xml" in robots
    assert f"<loc>{site}/reponses/cabanon/</loc>" in sitemap and f'href="{site}/reponses/cabanon/?langue=en"' in sitemap
    page = client.get("/reponses/cabanon/").content.decode()
    assert f'<link rel="canonical" href="{site}/reponses/cabanon/">' in page
    assert f'hreflang="en-CA" href="{site}/reponses/cabanon/?langue=en"' in page
    assert "<title>Cabanon de jardin | Anse-aux-Bouleaux</title>" in page
    assert '<meta name="description" content="Permis de cabanon">' in page
    english = client.get("/reponses/cabanon/?langue=en").content.decode()
    assert f'<link rel="canonical" href="{site}/reponses/cabanon/?langue=en">' in english and "Garden shed" in english


def test_an_address_that_names_a_language_is_a_choice_until_another_is_made(client: Client) -> None:
    client.get("/reponses/cabanon/?langue=en")
    assert "Garden shed" in words(client, "/reponses/cabanon/")
    back = client.post("/langue/", {"language": "fr", "next": "/reponses/cabanon/?langue=en&pour=owner"})
    assert back["Location"] == "/reponses/cabanon/?pour=owner"
    assert "Cabanon de jardin" in words(client, back["Location"])


def test_a_town_without_english_offers_none(client: Client) -> None:
    Town.objects.update(english=Town.English.OFF)
    forget_town()
    page = client.get("/reponses/cabanon/").content.decode()
    assert "hreflang" not in page and "langue=en" not in client.get("/sitemap.xml").content.decode()
