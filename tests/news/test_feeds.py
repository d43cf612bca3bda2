"""Feeds and calendars keep the rules of their formats, stay stable when corrected, and are announced (point 20)."""

import re
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.test import Client

from parvis.apps.news.models import CouncilSession, Event, NewsItem
from parvis.apps.news.services.items import publish_item
from parvis.apps.schedules.models import RoadNotice
from parvis.lib import clock
from tests.factories import SmallTown
from tests.news.feed_rules import atom_ids, calendar_ids, json_ids, rss_ids

pytestmark = pytest.mark.django_db
FEEDS: dict[str, tuple[str, Callable[[bytes], list[str]]]] = {
    "/nouvelles/flux.rss": ("application/rss+xml; charset=utf-8", rss_ids),
    "/nouvelles/flux.atom": ("application/atom+xml; charset=utf-8", atom_ids),
    "/nouvelles/flux.json": ("application/feed+json", json_ids),
}
HOSTILE = "Eau & égout <b>«\N{NO-BREAK SPACE}1 < 2\N{NO-BREAK SPACE}»</b> ]]> \x0b “x” 🚰"


def published(town: SmallTown) -> list[str]:
    """Three items, among them hostile words, an end and a subject; their identifiers, the newest first."""
    end = clock.now() + timedelta(days=2)
    with clock.at(clock.now() - timedelta(days=1)):
        publish_item(key="a", title_fr="Hier", text_fr="Voir https://exemple.ca/a?b=1&c=2 .")
    publish_item(key="b", title_fr=HOSTILE, text_fr=HOSTILE, title_en="Water & sewer <1>", text_en=HOSTILE)
    publish_item(key="c", title_fr="Trois", text_fr="x", subject_id=town.shed.pk, expires_at=end)
    rows = NewsItem.objects.order_by("-published_at", "-pk")
    return [f"urn:uuid:{row.permanent_id}" for row in rows]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_20_the_feeds_are_valid_in_both_languages_with_the_same_identifiers(
    town: SmallTown, client: Client, lang: str
) -> None:
    expected = published(town)
    for path, (kind, ids_of) in FEEDS.items():
        for query in ("", f"&sujet={town.shed.slug}", "&rue=rue+du+Quai", "&rue=rue+Inconnue"):
            response = client.get(f"{path}?langue={lang}{query}")
            assert response.status_code == HTTPStatus.OK and response.headers["Content-Type"] == kind
            ids = ids_of(response.content)
            assert set(ids) <= set(expected)
            if not query:
                assert ids == expected, path


def test_20_a_correction_keeps_every_identifier_and_an_old_copy_is_answered_by_304(
    town: SmallTown, client: Client
) -> None:
    expected = published(town)
    etags = {path: client.get(path).headers["ETag"] for path in FEEDS}
    for path, etag in etags.items():
        again = client.get(path, headers={"If-None-Match": etag})
        assert again.status_code == HTTPStatus.NOT_MODIFIED and again.content == b""
    with clock.at(clock.now() + timedelta(minutes=3)):
        publish_item(key="b", title_fr="Eau, corrigé", text_fr="Plus clair.")
        for path, (_kind, ids_of) in FEEDS.items():
            corrected = client.get(path, headers={"If-None-Match": etags[path]})
            assert corrected.status_code == HTTPStatus.OK and "corrigé" in corrected.content.decode()
            assert sorted(ids_of(corrected.content)) == sorted(expected), path


def test_20_an_empty_feed_is_valid_and_does_not_move_by_itself(town: SmallTown, client: Client) -> None:
    for path, (_kind, ids_of) in FEEDS.items():
        first = client.get(path)
        assert ids_of(first.content) == []
        with clock.at(clock.now() + timedelta(hours=3)):
            assert client.get(path).content == first.content, path


def test_20_the_home_and_the_archive_announce_the_feeds_which_exist(town: SmallTown, client: Client) -> None:
    item = publish_item(key="a", title_fr="Un", text_fr="x")
    for page in ("/", "/nouvelles/", f"/nouvelles/{item}/", f"/nouvelles/?sujet={town.shed.slug}"):
        head = client.get(page).content.decode().partition("</head>")[0]
        links = re.findall(r'<link[^>]*rel="alternate"[^>]*type="([^"]+)"[^>]*href="([^"]+)"', head)
        kinds = {kind for kind, _url in links}
        assert kinds >= {"application/rss+xml", "application/atom+xml", "application/feed+json"}, page
        for kind, url in links:
            response = client.get(url.replace("&amp;", "&"))
            assert response.headers["Content-Type"].partition(";")[0] == kind, (page, url)


def test_20_the_calendars_are_valid_and_keep_their_identifiers(town: SmallTown, client: Client) -> None:
    starts = clock.now().replace(microsecond=0) + timedelta(days=3)
    texts = {
        "title_fr": f"Fête, {HOSTILE}"[:200].replace("\x0b", ""),
        "place_fr": "Place; de l’Église, 1",
        "live": True,
    }
    event = Event.objects.create(starts_at=starts, published_at=clock.now(), updated_at=clock.now(), **texts)
    session = CouncilSession.objects.create(
        starts_at=starts, published_at=clock.now(), updated_at=clock.now(), kind="ordinary", **texts
    )
    notice = RoadNotice.objects.create(
        key="w1", nature_fr="Pavage", place_fr="rue du Quai", street=town.address.street, owner=town.works,
        first_day=clock.today(), last_day=clock.today() + timedelta(days=4), details_fr="Longue phrase, " * 30,
    )  # fmt: skip
    seen = {}
    for path in (
        "/evenements/calendrier.ics", f"/evenements/{event.pk}.ics", "/seances/calendrier.ics",
        f"/seances/{session.pk}.ics", "/travaux/calendrier.ics", f"/travaux/{notice.pk}.ics",
    ):  # fmt: skip
        response = client.get(path)
        assert response.headers["Content-Type"] == "text/calendar; charset=utf-8", path
        seen[path] = calendar_ids(response.content)
        assert len(seen[path]) == 1, path
        etag = response.headers["ETag"]
        assert client.get(path, headers={"If-None-Match": etag}).status_code == HTTPStatus.NOT_MODIFIED
    Event.objects.update(title_fr="Fête déplacée", starts_at=starts + timedelta(days=1))
    RoadNotice.objects.update(last_day=clock.today() + timedelta(days=9))
    for path in ("/evenements/calendrier.ics", "/travaux/calendrier.ics"):
        assert calendar_ids(client.get(path).content) == seen[path], path
