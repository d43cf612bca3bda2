"""The site: news and pages (points 14 to 16, 19 to 21 of the outreach list)."""

import json
from datetime import timedelta
from http import HTTPStatus
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from parvis.apps.news.models import NewsItem
from parvis.apps.news.queries.items import item_url, published_items
from parvis.apps.news.services.banners import show_banner
from parvis.apps.news.services.items import publish_item, withdraw_item
from parvis.lib import clock
from parvis.lib.errors import Invalid
from tests.factories import SmallTown, make_address

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = {
    "/nouvelles/flux.rss": "application/rss+xml; charset=utf-8",
    "/nouvelles/flux.atom": "application/atom+xml; charset=utf-8",
    "/nouvelles/flux.json": "application/feed+json",
}


@pytest.mark.django_db
def test_14_15_a_correction_keeps_the_item_and_a_withdrawn_one_is_gone(town: SmallTown, client: Client) -> None:
    first = publish_item(key="m1", title_fr="Neige", text_fr="Pas de <stationnement>.\n\nMerci.")
    before = NewsItem.objects.get(pk=first)
    with clock.at(clock.now() + timedelta(minutes=7)):
        again = publish_item(key="m1", title_fr="Neige", text_fr="Pas de stationnement avant 7 h.")
    after = NewsItem.objects.get(pk=again)
    assert first == again and after.permanent_id == before.permanent_id
    assert after.published_at == before.published_at
    assert before.updated_at and after.updated_at and after.updated_at > before.updated_at
    url = item_url("m1")
    page = client.get(url)
    assert page.status_code == HTTPStatus.OK and "avant 7 h" in page.content.decode()
    assert [item.pk for item in published_items()] == [first]
    assert "Neige" in client.get("/").content.decode()
    withdraw_item(key="m1")
    assert client.get(url).status_code == HTTPStatus.GONE
    assert published_items() == [] and "Neige" not in client.get("/").content.decode()
    assert client.get("/nouvelles/99999/").status_code == HTTPStatus.NOT_FOUND
    for feed in FEEDS:
        assert "Neige" not in client.get(feed).content.decode()
    publish_item(key="m1", title_fr="Neige", text_fr="De retour.")
    assert item_url("m1") == url and client.get(url).status_code == HTTPStatus.OK


@pytest.mark.django_db
def test_20_feeds_keep_their_ids_move_their_updates_and_answer_304(town: SmallTown, client: Client) -> None:
    pk = publish_item(key="m1", title_fr="Neige", text_fr="Voir https://exemple.ca/neige.", title_en="Snow")
    ids = {}
    for path, kind in FEEDS.items():
        response = client.get(path)
        assert response.headers["Content-Type"] == kind
        etag = response.headers["ETag"]
        assert client.get(path, headers={"If-None-Match": etag}).status_code == HTTPStatus.NOT_MODIFIED
        ids[path] = (etag, response.content.decode())
    entry = ElementTree.fromstring(ids["/nouvelles/flux.atom"][1]).find(f"{ATOM}entry")
    assert entry is not None
    identifier, updated = entry.findtext(f"{ATOM}id"), entry.findtext(f"{ATOM}updated")
    assert identifier == f"urn:uuid:{NewsItem.objects.get(pk=pk).permanent_id}"
    item = ElementTree.fromstring(ids["/nouvelles/flux.rss"][1]).find("channel/item")
    assert item is not None and item.findtext("guid") == identifier
    assert "<a href" in (item.findtext("description") or "")
    feed = json.loads(ids["/nouvelles/flux.json"][1])
    assert feed["version"] == "https://jsonfeed.org/version/1.1" and feed["items"][0]["id"] == identifier
    assert feed["items"][0]["url"].endswith(f"/nouvelles/{pk}/")
    with clock.at(clock.now() + timedelta(minutes=7)):
        publish_item(key="m1", title_fr="Neige corrigée", text_fr="Voir plus tard.")
    entry = ElementTree.fromstring(client.get("/nouvelles/flux.atom").content).find(f"{ATOM}entry")
    assert entry is not None and entry.findtext(f"{ATOM}id") == identifier
    assert (entry.findtext(f"{ATOM}updated") or "") > (updated or "~")
    for path, (etag, _body) in ids.items():
        assert client.get(path, headers={"If-None-Match": etag}).status_code == HTTPStatus.OK


@pytest.mark.django_db
def test_16_what_lapses_is_hidden_where_it_is_read_and_from_caches(town: SmallTown, client: Client) -> None:
    end = clock.now() + timedelta(seconds=30)
    publish_item(key="m1", title_fr="Cette nuit", text_fr="Texte.", expires_at=end)
    show_banner(key="m1", title_fr="Bandeau", text_fr="Texte.", level="warning", expires_at=end)
    kept = client.get("/nouvelles/flux.json").headers["Cache-Control"]
    assert 0 < int(kept.partition("max-age=")[2].partition(",")[0]) <= 30
    home = client.get("/")
    assert "Cette nuit" in home.content.decode() and "Bandeau" in home.content.decode()
    with clock.at(end):
        for path in ("/", "/nouvelles/", *FEEDS):
            shown = client.get(path, headers={"If-None-Match": home.headers["ETag"]})
            assert shown.status_code == HTTPStatus.OK
            assert "Cette nuit" not in shown.content.decode() and "Bandeau" not in shown.content.decode()
        assert client.get(item_url("m1")).status_code == HTTPStatus.GONE
        with pytest.raises(Invalid):
            publish_item(key="m2", title_fr="Hier", text_fr="Texte.", expires_at=end)


@pytest.mark.django_db
def test_20_a_subject_or_a_street_is_followed_without_an_address(town: SmallTown, client: Client) -> None:
    address = make_address(40, "rue du Moulin")
    other = make_address(41, "rue de la Gare", sector=None)
    assert address.sector_id
    publish = publish_item
    publish(key="a", title_fr="Partout", text_fr="x", subject_id=town.shed.pk)
    publish(key="b", title_fr="Par la rue", text_fr="x", streets=[address.street_id])
    publish(key="c", title_fr="Par le secteur", text_fr="x", sectors=[address.sector_id])
    publish(key="d", title_fr="Ailleurs", text_fr="x", streets=[other.street_id])
    titles = {"Partout", "Par la rue", "Par le secteur", "Ailleurs"}
    expected = {
        "": titles,
        "?rue=rue+du+moulin": titles - {"Ailleurs"},
        "?rue=rue+de+la+gare": {"Partout", "Ailleurs"},
        f"?sujet={town.shed.slug}": {"Partout"},
        "?rue=rue+Inconnue": set(),
    }
    for query, shown in expected.items():
        for path in ("/nouvelles/", *FEEDS):
            text = client.get(path + query).content.decode()
            assert {title for title in titles if title in text} == shown, path + query
    assert "rue Inconnue" in client.get("/nouvelles/?rue=rue+Inconnue").content.decode()
    month = f"{timezone.localtime(clock.now()):%Y-%m}"  # the town's
    assert "Partout" in client.get(f"/nouvelles/?mois={month}").content.decode()
    for query in ("?mois=2001-01", "?mois=2001"):
        assert "Partout" not in client.get(f"/nouvelles/{query}").content.decode()
    for query in ("?mois=x", "?mois=99999", "?apres=9999999999999999999999", "?sujet=%00"):
        assert client.get(f"/nouvelles/{query}").status_code in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)
    sitemap = client.get("/sitemap.xml").content.decode()
    assert all(f"{path}</loc>" in sitemap for path in (item_url("a"), "/nouvelles/", "/travaux/", "/seances/"))
