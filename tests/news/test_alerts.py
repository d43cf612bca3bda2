"""The banner and the CAP alerts (points 19 and 21), and which band stands on public pages."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import forget
from parvis.apps.news.models import AlertMessage, Banner
from parvis.apps.news.services import alerts, banners, items
from parvis.apps.places.models import Sector
from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries import water
from parvis.lib import clock
from parvis.lib.errors import Invalid
from tests.counting import statements
from tests.factories import SmallTown, make_address
from tests.news.cap_rules import CAP, checked, name_of, texts

ATOM = "{http://www.w3.org/2005/Atom}"
SQUARE = {"type": "Polygon", "coordinates": [[[-73.3, 45.4], [-73.2, 45.4], [-73.2, 45.5], [-73.3, 45.5]]]}


def in_an_hour() -> Any:
    return clock.now() + timedelta(hours=1)


def north() -> Sector:
    return Sector.objects.create(slug="district-nord", kind="district", name_fr="Nord", name_en="North", polygon=SQUARE)


def alert(**values: Any) -> str:
    defaults = {
        "key": "m1", "event": "Eau non potable", "event_en": "Unsafe water", "category": "Health",
        "urgency": "Immediate", "severity": "Severe", "certainty": "Observed", "headline_fr": "Avis d’ébullition",
        "description_fr": "Bouillez l’eau une minute.", "headline_en": "Boil water", "expires_at": in_an_hour(),
        "description_en": "Boil the water for one minute.", "instruction_fr": "Bouillez <toute> l’eau.",
    }  # fmt: skip
    return alerts.publish_alert(**{**defaults, **values})


@pytest.mark.django_db
def test_21_an_alert_its_update_and_its_cancel_are_valid_cap_and_refer_to_each_other(
    town: SmallTown, client: Client
) -> None:
    Town.objects.update(code_mamh="57010")
    forget()
    sector, end = north(), in_an_hour()
    first = alert(sectors=[sector.pk], expires_at=end)
    assert alert(sectors=[sector.pk], expires_at=end) == first, "the same content again says nothing new"
    second = alert(sectors=[sector.pk], expires_at=end, headline_fr="Avis d’ébullition corrigé")
    alerts.cancel_alert(key="m1")
    messages = []
    for message in AlertMessage.objects.order_by("pk"):
        response = client.get(f"/alertes/{message.identifier}.xml")
        assert response.headers["Content-Type"].startswith("application/cap+xml")
        messages.append(checked(response.content.decode()))
    assert [texts(each, "msgType")[0] for each in messages] == ["Alert", "Update", "Cancel"]
    assert texts(messages[0], "info/language") == ["fr-CA", "en-CA"]
    assert texts(messages[0], "info/event") == ["Eau non potable", "Unsafe water"]
    assert texts(messages[0], "info/area/geocode/value")[0] == "2457010"
    assert texts(messages[0], "info/area/polygon")[0].split()[0] == "45.4,-73.3"
    assert first in texts(messages[1], "references")[0]
    assert first in texts(messages[2], "references")[0] and second in texts(messages[2], "references")[0]
    assert not any("Z" in text for each in messages for text in texts(each, "sent"))
    feed = client.get("/alertes/cap.xml")
    assert feed.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    entries = ElementTree.fromstring(feed.content).findall(f"{ATOM}entry")
    assert [entry.find(f"{ATOM}category").get("term") for entry in entries] == ["Cancel"]  # type: ignore[union-attr]
    again = alert(sectors=[sector.pk], expires_at=end)
    assert AlertMessage.objects.get(identifier=again).kind == AlertMessage.Kind.ALERT, "a new alert, not an update"
    with clock.at(end):
        assert ElementTree.fromstring(client.get("/alertes/cap.xml").content).find(f"{ATOM}entry") is None
        assert client.get(f"/alertes/{first}.xml").status_code == HTTPStatus.OK, "others refer to it"


@pytest.mark.django_db
def test_21_an_alert_of_one_street_is_not_one_of_the_whole_town(town: SmallTown, client: Client) -> None:
    street = make_address(88, "rue des Saules").street
    identifier = alert(streets=[street.pk], headline_fr="Eau\x0bcoupée")
    message = checked(client.get(f"/alertes/{identifier}.xml").content.decode())
    assert all(street.name in area for area in texts(message, "info/area/areaDesc"))
    assert texts(message, "info/area/areaDesc") and texts(message, "info/area/geocode") == []


@pytest.mark.django_db
def test_21_a_drill_is_said_to_be_one_and_wrong_words_are_refused(town: SmallTown) -> None:
    identifier = alert(exercise=True, headline_en="")
    message = checked(AlertMessage.objects.get(identifier=identifier).xml)
    assert texts(message, "status") == ["Exercise"] and texts(message, "info/language") == ["fr-CA"]
    assert [name_of(child) for child in message.iter(f"{{{CAP}}}area")] == ["area"], "the whole town is named"
    for wrong in ({"severity": "Grave"}, {"expires_at": clock.now()}, {"sectors": [987654]}):
        with pytest.raises(Invalid):
            alert(key="m2", **wrong)


@pytest.mark.django_db
def test_19_the_banner_is_on_every_public_page_without_javascript_and_said_to_readers(
    town: SmallTown, client: Client
) -> None:
    home = client.get("/")
    banners.show_banner(
        key="m1", title_fr="Rue fermée", text_fr="Passez par le quai.", level="info", expires_at=in_an_hour()
    )
    banners.show_banner(
        key="m2", title_fr="Évacuation", text_fr="Partez <maintenant>.", title_en="Evacuation", text_en="Leave now.",
        level="danger", expires_at=in_an_hour(),
    )  # fmt: skip
    assert client.get("/", headers={"If-None-Match": home.headers["ETag"]}).status_code == HTTPStatus.OK
    paths = ("/", "/?q=bac", "/reponses/", "/mon-adresse/", "/nouvelles/", "/travaux/", "/seances/", "/evenements/")
    for path in (*paths, "/confidentialite/", "/demande/", "/suivi/", "/carte/", "/alertes/"):
        page = client.get(path).content.decode()
        assert page.count("data-alert-band") == 1, path
        band = page[page.index("<!--band-->") : page.index("<!--/band-->")]
        assert band.index("Évacuation") < band.index("Rue fermée"), "the gravest comes first"
        assert 'role="alert"' in band and "<details" not in band, "none is folded"
        assert "<!--alert 20" in band, "what keeps the page drops it at its end"
        assert ("&lt;maintenant&gt;" in page) is (path in ("/", "/alertes/")), "the words are whole there, else linked"
    assert "Leave now." in client.get("/", headers={"Cookie": "lang=en"}).content.decode()
    banners.hide_banner(key="m2")
    banners.hide_banner(key="m1")
    assert "data-alert-band" not in client.get("/").content.decode()


@pytest.mark.django_db
def test_of_alerts_as_grave_as_each_other_the_one_that_ends_soonest_comes_first_and_an_unknown_end_last(
    town: SmallTown, client: Client
) -> None:
    for key, level, hours in (
        ("Tard", "danger", 9),
        ("Info", "info", 1),
        ("Tôt", "danger", 2),
        ("Alerte", "warning", 1),
    ):
        end = clock.now() + timedelta(hours=hours)
        banners.show_banner(key=key, title_fr=f"{key}.", text_fr="Texte.", level=level, expires_at=end)
    RoadNotice.objects.create(
        key="w1", kind=RoadNotice.Kind.BOIL_WATER, nature_fr="Avis d’ébullition", place_fr="rue du Quai",
        first_day=clock.today(), owner=town.works, street=town.address.street,
    )  # fmt: skip
    water.forget()
    for path in ("/", "/suivi/", "/demande/"):
        page = client.get(path).content.decode()
        band = page[page.index("<!--band-->") : page.index("<!--/band-->")]
        places = [band.index(title) for title in ("Tôt.", "Tard.", "Avis d’ébullition", "Alerte.", "Info.")]
        assert places == sorted(places), path


@pytest.mark.django_db
def test_off_the_home_the_band_gives_titles_that_lead_to_the_words_and_a_form_one_line(
    town: SmallTown, client: Client
) -> None:
    banners.show_banner(key="m1", title_fr="Rue fermée", text_fr="Passez.", level="info", expires_at=in_an_hour())
    key = f"banner-{Banner.objects.get().pk}"
    for path in ("/reponses/", "/mon-adresse/", "/demande/", "/signaler/", "/suivi/"):
        page = client.get(path).content.decode()
        band = page[page.index("<!--band") : page.index("<!--/band-->")]
        assert f'href="/alertes/#{key}"' in band and "<form" not in band, path
        assert ('class="alert-band info line"' in band) is (path == "/signaler/"), path
    assert f'id="{key}"' in client.get("/alertes/").content.decode()


@pytest.mark.django_db
def test_19_the_band_says_whether_it_touches_an_address(town: SmallTown, client: Client) -> None:
    inside = make_address(14, "rue du Quai", sector=None, latitude=45.45, longitude=-73.25)
    outside = make_address(30, "rue du Moulin", sector=None, latitude=45.9, longitude=-73.9)
    sector = north()
    banners.show_banner(
        key="m1", title_fr="Coupure", text_fr="Eau coupée.", sectors=[sector.pk], expires_at=in_an_hour()
    )
    asked = {
        inside.label: "Oui, votre adresse",
        outside.label: "Non, votre adresse",
        "9 rue Inconnue": "ne connaissons",
    }
    for address, words in asked.items():
        for extra in ({}, {"extrait": "1"}):
            page = client.get("/alertes/", {"adresse": address, **extra}).content.decode()
            assert words in page, (address, page[page.find("verdict") :][:600])
    assert "<html" not in client.get("/alertes/", {"adresse": inside.label, "extrait": "1"}).content.decode()


@pytest.mark.django_db
def test_the_home_costs_the_same_queries_whatever_the_news(town: SmallTown, client: Client) -> None:
    def cost() -> int:
        with statements() as queries:
            client.get("/")
        return len(queries)

    for rank in range(2):
        items.publish_item(key=f"m{rank}", title_fr=f"Nouvelle {rank}", text_fr="Texte.")
        banners.show_banner(key=f"m{rank}", title_fr="Bandeau", text_fr="Texte.", expires_at=in_an_hour())
    client.get("/")
    few = cost()
    for rank in range(2, 12):
        items.publish_item(key=f"m{rank}", title_fr=f"Nouvelle {rank}", text_fr="Texte.")
        banners.show_banner(key=f"m{rank}", title_fr="Bandeau", text_fr="Texte.", expires_at=in_an_hour())
    assert cost() <= few + 7, "one reading of what every page shows"
    assert cost() == few
