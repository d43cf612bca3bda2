"""Works and closures: their list and its map, the page of each one, until seven days after its end (point 16)."""

from datetime import date, time, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.schedules.models import RoadNotice
from parvis.apps.schedules.queries import water
from parvis.apps.schedules.services.works import lift_works
from parvis.lib import clock
from tests.counting import statements
from tests.factories import SmallTown, make_address
from tests.public.makers import words

pytestmark = pytest.mark.django_db
NOW = "2026-11-24T10:00:00-05:00"


@pytest.fixture(autouse=True)
def _now(settings: Settings) -> None:
    settings.PARVIS_NOW = NOW


def works(town: SmallTown, key: str = "w1", **values: Any) -> RoadNotice:
    defaults = {
        "nature_fr": "Pavage", "nature_en": "Paving", "place_fr": "rue du Quai", "street": town.address.street,
        "first_day": date(2026, 11, 23), "last_day": date(2026, 12, 4), "owner": town.works, "closure": "full",
        "detour_fr": "par la rue du Moulin", "detour_en": "by rue du Moulin",
    }  # fmt: skip
    return RoadNotice.objects.create(key=key, **defaults | values)


def test_each_of_the_works_has_its_page_with_its_dates_its_street_and_its_calendar(
    town: SmallTown, client: Client
) -> None:
    notice = works(town)
    path = f"/travaux/{notice.pk}/"
    assert f'href="{path}"' in client.get("/travaux/").content.decode()
    page = client.get(path)
    text = words(client, path)
    assert page.status_code == HTTPStatus.OK
    for told in ("Pavage", "rue du Quai", "23 novembre", "4 décembre", "à la circulation", "par la rue du Moulin"):
        assert told in text, told
    assert 'datetime="2026-11-23"' in text and "data-share" in text and "data-print" in text
    assert f"/travaux/{notice.pk}.ics" in text
    file = client.get(f"/travaux/{notice.pk}.ics").content.decode()
    assert f"/travaux/{notice.pk}/" in file.replace("\r\n ", "")
    RoadNotice.objects.update(from_hour=time(7), until_hour=time(16, 30))
    listed = client.get("/travaux/?langue=en").content.decode()
    assert "p.m.</time>" in listed and "p.m.</time>." not in listed
    english = client.get(f"{path}?langue=en").content.decode()
    assert "Paving" in english and "by rue du Moulin" in english and "Pavage" not in english


def test_the_list_comes_first_and_the_map_has_a_pin_for_what_is_somewhere(town: SmallTown, client: Client) -> None:
    for civic, latitude in ((14, 45.44), (16, 45.45), (40, 45.5)):
        make_address(civic, "rue du Quai", latitude=latitude, longitude=-73.3)
    stretch = works(town, civic_from=16, civic_to=14, nature_fr="Pavage & drainage")
    polygon = {"type": "Polygon", "coordinates": [[[-73.4, 45.4], [-73.2, 45.4], [-73.2, 45.6], [-73.4, 45.4]]]}
    zone = works(town, "w2", street=None, place_fr="le noyau", polygon=polygon, first_day=date(2026, 12, 1))
    everywhere = works(town, "w3", street=None, place_fr="", nature_fr="Rinçage")
    over = works(town, "w4", first_day=date(2026, 11, 1), last_day=date(2026, 11, 22))
    page = client.get("/travaux/").content.decode()
    assert page.index("Pavage &amp; drainage") < page.index("data-field")
    pins = client.get("/travaux/travaux.geojson")
    assert pins.headers["Content-Type"] == "application/geo+json"
    at = {one["id"]: one["geometry"] and one["geometry"]["coordinates"] for one in pins.json()["features"]}
    assert at == {stretch.pk: [-73.3, 45.45], zone.pk: [-73.3, 45.5], everywhere.pk: None}
    card = client.get(f"/travaux/{stretch.pk}/fiche")
    assert "Pavage &amp; drainage" in card.content.decode() and card.headers["X-Robots-Tag"] == "noindex"
    assert f'href="/travaux/{over.pk}/"' in page, "over for less than seven days"


def test_the_works_cost_the_same_queries_whatever_their_number(town: SmallTown, client: Client) -> None:
    def cost(path: str) -> int:
        client.get(path)
        with statements() as queries:
            client.get(path)
        return len(queries)

    paths = ("/travaux/", "/travaux/travaux.geojson")
    works(town)
    few = [cost(path) for path in paths]
    for rank in range(12):
        works(town, f"more-{rank}")
    assert [cost(path) for path in paths] == few


def test_16_seven_days_after_its_end_its_page_is_gone(town: SmallTown, client: Client, settings: Settings) -> None:
    notice = works(town, last_day=date(2026, 11, 24))
    settings.PARVIS_NOW = "2026-12-01T23:00:00-05:00"
    assert client.get(f"/travaux/{notice.pk}/").status_code == HTTPStatus.OK
    assert client.get(f"/travaux/{notice.pk}.ics").status_code == HTTPStatus.GONE
    settings.PARVIS_NOW = "2026-12-02T01:00:00-05:00"
    gone = client.get(f"/travaux/{notice.pk}/")
    assert gone.status_code == HTTPStatus.GONE and "Pavage" not in gone.content.decode()
    for path in ("/travaux/999999/", "/travaux/99999999999999999999/", "/travaux/999999/fiche", "/travaux/999999.ics"):
        assert client.get(path).status_code == HTTPStatus.NOT_FOUND, path
    assert client.get(f"/travaux/{notice.pk}/fiche").status_code == HTTPStatus.NOT_FOUND


def test_no_works_is_said_without_a_map(town: SmallTown, client: Client) -> None:
    page = client.get("/travaux/").content.decode()
    assert "Aucun chantier" in page or "Aucuns travaux" in page or "ne sont annoncés" in page
    assert "data-map-view" not in page and "map-page" not in page


def boil(town: SmallTown, **values: Any) -> RoadNotice:
    notice = works(
        town, kind=RoadNotice.Kind.BOIL_WATER, nature_fr="Avis d’ébullition", nature_en="Boil water notice",
        details_fr="Faites bouillir l’eau une minute.", closure="none", detour_fr="", detour_en="", last_day=None,
        first_day=clock.today(), **values,
    )  # fmt: skip
    water.forget()
    return notice


def test_an_advisory_lifted_stands_in_moss_on_every_page_for_the_rest_of_the_day(
    town: SmallTown, client: Client, settings: Settings
) -> None:
    notice = boil(town)
    before = client.get("/")
    assert "alert-band danger" in before.content.decode()
    lift_works(works_id=notice.pk, by=town.manager)
    water.forget()
    lifted = client.get("/", headers={"If-None-Match": before.headers["ETag"]})
    page = lifted.content.decode()
    assert lifted.status_code == HTTPStatus.OK and "alert-band over" in page
    band = page[page.index("<!--band-->") : page.index("<!--/band-->")]
    assert "Levé\N{NO-BREAK SPACE}: Avis d’ébullition, rue du Quai" in band
    assert "mardi 24 novembre" in band.replace("\N{NO-BREAK SPACE}", " ")
    assert "Faites bouillir" not in band and "data-touch" not in band and 'role="status"' in band
    assert "<!--alert 2026-11-25T00:00:00-05:00" in band, "what keeps the page drops it at midnight"
    assert f'href="/travaux/{notice.pk}/"' in band
    assert "Levé" in client.get("/alertes/").content.decode()
    english = client.get("/?langue=en").content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert "Lifted on Tuesday, November 24 at 10 a.m.<" in english, "one stop only"
    assert client.get(f"/travaux/{notice.pk}/").status_code == HTTPStatus.OK
    settings.PARVIS_NOW = "2026-11-25T00:00:01-05:00"
    water.forget()
    after = client.get("/", headers={"If-None-Match": lifted.headers["ETag"]})
    assert after.status_code == HTTPStatus.OK and "data-alert-band" not in after.content.decode()


def test_the_links_of_the_day_to_the_water_lead_somewhere_in_every_state(town: SmallTown, client: Client) -> None:
    path = f"/mon-adresse/{town.address.pk}/"

    def section() -> str:
        page = client.get(path).content.decode()
        assert page.count('id="boil-water"') == 1
        return page[page.index('id="boil-water"') : page.index('id="pickups"')]

    assert "aucun avis d’ébullition" in section()
    notice = boil(town)
    client.get("/app/", {"q": town.address.label})
    assert f'href="{path}#boil-water"' in client.get("/app/").content.decode()
    assert "place-alarm" in section()
    lift_works(works_id=notice.pk, by=town.manager)
    assert f'href="{path}#boil-water"' in client.get("/app/").content.decode()
    lifted = section()
    assert "place-clear lifted" in lifted and "Levé" in lifted and "place-alarm" not in lifted
    elsewhere = make_address(99, "rue du Moulin", sector=None)
    assert "aucun avis" in client.get(f"/mon-adresse/{elsewhere.pk}/").content.decode()
    found = client.get("/mon-adresse/", {"q": town.address.label, "voir": "boil-water"})
    assert found.headers["Location"] == f"{path}#boil-water"


def test_a_work_that_lasts_until_it_is_lifted_is_in_the_calendar_from_its_first_day(
    town: SmallTown, client: Client
) -> None:
    notice = works(town, last_day=None, first_day=clock.today() + timedelta(days=1))
    page = client.get(f"/travaux/{notice.pk}/").content.decode()
    assert "jusqu’à" in page
    assert "DTSTART;VALUE=DATE:20261125" in client.get(f"/travaux/{notice.pk}.ics").content.decode()
