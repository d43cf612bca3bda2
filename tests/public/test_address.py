"""My address: its search, and everything computed for it, in both towns and both languages."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from icalendar import Calendar
from pytest_django import Settings

from parvis.apps.directory.models import Department
from parvis.apps.places.models import Address
from parvis.apps.schedules.models import PickupRule, RoadNotice, Stream
from parvis.operations.town.load import load
from tests.counting import statements
from tests.public.makers import words
from tests.town.conftest import CARIGNAN, VILLAGE


@pytest.fixture
def loaded(db: None, settings: Settings) -> Callable[[Path], None]:
    settings.PARVIS_NOW = "2026-11-24T14:12:00-05:00"
    settings.PARVIS_DEMO = True
    return lambda folder: load(folder, demo=True)  # type: ignore[return-value]


@pytest.fixture
def village(loaded: Callable[[Path], None]) -> Address:
    loaded(VILLAGE)
    return Address.objects.get(civic=12, street__name="place du Moulin")


def at(address: Address) -> str:
    return f"/mon-adresse/{address.pk}/"


def notice(key: str, **values: object) -> RoadNotice:
    defaults: dict[str, object] = {
        "nature_fr": "Avis d’ébullition", "nature_en": "Boil your water", "place_fr": "tout le village",
        "place_en": "the whole village", "kind": RoadNotice.Kind.BOIL_WATER, "first_day": date(2026, 11, 23),
        "owner": Department.objects.get(kind=Department.Kind.DESK), "verified_on": date(2026, 11, 23),
    }  # fmt: skip
    return RoadNotice.objects.create(key=key, **defaults | values)


def test_everything_known_of_an_address_is_on_its_page(client: Client, village: Address) -> None:
    page = words(client, at(village))
    assert "12, place du Moulin" in page
    for title in ("Prochaines collectes", "Stationner dans la rue cette nuit", "Travaux et avis", "Prochains autobus"):
        assert title in page
    assert "jeudi 26 novembre" not in page or "après-demain" in page
    assert '<meta name="robots" content="noindex">' in page and "Source :" in page


def test_the_page_is_complete_in_english(client: Client, village: Address) -> None:
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "en"
    page = words(client, at(village))
    for title in (
        "Next collections",
        "Parking in the street tonight",
        "Works and notices",
        "Next buses",
        "Source:",
    ):
        assert title in page
    assert "langue=en" in page  # the calendar speaks the language of the page


@pytest.mark.parametrize(
    "folder", [pytest.param(CARIGNAN, marks=pytest.mark.soak("addresses")), VILLAGE], ids=lambda path: path.name
)
def test_every_tenth_address_of_a_town_has_its_page(
    client: Client, loaded: Callable[[Path], None], folder: Path
) -> None:
    loaded(folder)
    for address in Address.objects.order_by("pk")[::10][:12]:
        page = words(client, at(address))
        assert "place-tonight" in page and 'class="door"' in page


def test_a_notice_to_boil_water_comes_before_everything(client: Client, village: Address) -> None:
    notice("boil")
    page = words(client, at(village))
    assert page.index("Avis d’ébullition") < page.index("Prochaines collectes")
    assert 'class="place-alarm"' in page and "Rien d’autre que l’avis ci-dessus." in page


def test_silence_is_never_told_as_a_permission(client: Client, village: Address, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-12-20T20:00:00-05:00"
    page = words(client, at(village))
    assert "place-tonight allowed" not in page


def test_typed_whole_it_leads_to_its_page(client: Client, village: Address) -> None:
    answer = client.get("/mon-adresse/", {"q": "12 place du moulin", "voir": "works"})
    assert (answer.status_code, answer["Location"]) == (302, f"{at(village)}#works")


def test_begun_it_offers_the_addresses_it_may_be(client: Client, village: Address) -> None:
    page = words(client, "/mon-adresse/?q=moulin")
    assert "De quelle adresse s’agit-il?" in page and f'href="{at(village)}"' in page
    options = words(client, "/mon-adresse/lieux?q=12 moul&voir=pickups")
    assert f'data-url="{at(village)}#pickups"' in options
    assert client.get("/mon-adresse/lieux?q=1").status_code == 204


def test_a_new_street_is_said_to_be_unknown_and_handed_over(client: Client, village: Address) -> None:
    page = words(client, "/mon-adresse/?q=5 rue Zéphyrine-Quidnunc")
    assert "Aucune adresse ne s’écrit tout à fait « 5 rue Zéphyrine-Quidnunc »" in page or "pas cette adresse" in page
    assert "/demande/?q=5%20rue%20Z" in page and 'href="tel:' in page
    assert "Nous ne connaissons pas cette adresse" in words(client, "/mon-adresse/?q=qqqq zzzz")


@pytest.mark.parametrize("number", ["999999", "9" * 30])
def test_an_address_that_is_gone_says_so(client: Client, village: Address, number: str) -> None:
    answer = client.get(f"/mon-adresse/{number}/")
    assert answer.status_code == 404 and "id_adresse" in answer.content.decode()
    assert client.get(f"/mon-adresse/{number}/collectes.ics").status_code == 404


def test_the_calendars_of_an_address_and_of_its_sector(client: Client, village: Address) -> None:
    path = f"{at(village)}collectes.ics?langue=fr"
    assert path in words(client, at(village))
    answer = client.get(path)
    assert answer["Content-Type"].startswith("text/calendar") and answer["X-Robots-Tag"] == "noindex"
    assert Calendar.from_ical(answer.content).events
    assert client.get(path, headers={"if-none-match": answer["ETag"]}).status_code == 304
    sector = client.get("/collectes/village.ics")
    assert sector.status_code == 404 or Calendar.from_ical(sector.content).events
    assert client.get("/collectes/nulle-part.ics").status_code == 404


def test_asked_again_it_is_sent_only_when_it_differs(client: Client, village: Address) -> None:
    first = client.get(at(village))
    assert "no-cache" in first["Cache-Control"] and not first.cookies
    assert client.get(at(village), headers={"if-none-match": first["ETag"]}).status_code == 304
    notice("boil")
    assert client.get(at(village), headers={"if-none-match": first["ETag"]}).status_code == 200


def test_one_notice_and_one_stream_cost_as_many_queries_as_many(
    client: Client, village: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parvis.apps.content.queries.snapshot.FRESH_SECONDS", 3600.0)  # refreshed by the clock only
    notice("boil")
    client.get(at(village))
    with statements() as few:
        client.get(at(village))
    for rank in range(20):
        notice(f"more-{rank}", kind=RoadNotice.Kind.WORKS)
        stream = Stream.objects.create(
            slug=f"more-{rank}",
            title_fr="Verre",
            title_en="Glass",
            rank=50 + rank,
            contact_point=Department.objects.all()[0],
        )
        PickupRule.objects.create(
            stream=stream, rank=1, every=1, anchor=date(2026, 11, 25), verified_on=date(2026, 11, 1)
        )
    with statements() as many:
        client.get(at(village))
    assert len(many) == len(few)


def test_nobody_looks_up_the_whole_town(client: Client, village: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parvis.surfaces.public.address.views.LOOKED_UP", 1)
    client.get("/mon-adresse/?q=moulin")
    assert client.get("/mon-adresse/?q=moulin").status_code == 429
    assert client.get("/mon-adresse/lieux?q=moulin").status_code == 429


def test_the_page_of_a_subject_asks_for_the_address(client: Client, village: Address) -> None:
    page = words(client, "/reponses/collectes/")
    assert "Pour mon adresse" in page and 'name="voir" value="pickups"' in page
    assert "id_adresse" not in words(client, "/reponses/bruit/")
