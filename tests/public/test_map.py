"""What the public map is drawn from, and places that are no address in the request form."""

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.places.models import MapShape
from parvis.config.env_urls import map_tiles_host
from tests.factories import SmallTown, make_address
from tests.public.test_request import PATH, filled, html_of

EXAMPLE = Path(__file__).parents[1] / "places/data/example.pmtiles"
SOURCES, TILES = "/demande/lieux/carte.json", "/demande/lieux/carte.pmtiles"


@pytest.fixture(autouse=True)
def no_tiles(settings: Settings, tmp_path: Path) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"
    settings.MAP_FILE, settings.MAP_TILES, settings.MAP_CREDIT = tmp_path / "map.pmtiles", "", ""


def test_the_map_is_drawn_from_the_town_s_own_layers_first(client: Client, town: SmallTown) -> None:
    sources = client.get(SOURCES).json()
    assert (sources["pmtiles"], sources["tiles"]) == ("", "") and sources["plan"] == "/demande/lieux/plan.geojson"
    assert sources["credit"] == "Carte dessinée à partir des données de la ville"
    assert client.get(TILES).status_code == 404


def test_an_invented_map_says_so(client: Client, town: SmallTown) -> None:
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    MapShape.objects.create(kind="water", slug="lac", name_fr="Lac", geometry=square, example=True)
    assert client.get(SOURCES).json()["credit"] == "Carte d’exemple, aux données inventées"
    kinds = [one["properties"]["kind"] for one in client.get("/demande/lieux/plan.geojson").json()["features"]]
    assert "water" in kinds


def test_a_file_of_tiles_is_served_in_parts_with_its_version_and_credit(
    client: Client, town: SmallTown, settings: Settings
) -> None:
    settings.MAP_FILE = EXAMPLE
    sources = client.get(SOURCES).json()
    assert sources["pmtiles"].startswith(f"{TILES}?v=") and sources["credit"] == "© OpenStreetMap"
    part = client.get(sources["pmtiles"], headers={"Range": "bytes=0-6"})
    assert part.status_code == 206 and part.content == b"PMTiles"
    assert part["ETag"].strip('"') in sources["pmtiles"] and "public" in part["Cache-Control"]
    assert "'self'" in part["Content-Security-Policy"] and part["X-Content-Type-Options"] == "nosniff"
    assert client.post(TILES).status_code == 405


def test_tiles_of_another_server_are_used_when_there_is_no_file(
    client: Client, town: SmallTown, settings: Settings
) -> None:
    settings.MAP_TILES, settings.MAP_CREDIT = "https://tuiles.exemple/{z}/{x}/{y}.mvt", "© Exemple"
    assert client.get(SOURCES).json()["tiles"] == settings.MAP_TILES
    assert client.get(SOURCES).json()["credit"] == "© Exemple"
    settings.MAP_FILE = EXAMPLE
    assert client.get(SOURCES).json()["tiles"] == ""


def test_only_the_host_of_the_tiles_joins_the_security_policy() -> None:
    assert map_tiles_host("") == []
    assert map_tiles_host("https://tuiles.exemple:8443/{z}/{x}/{y}.mvt?k=1") == ["https://tuiles.exemple:8443"]
    for wrong in (
        "http://tuiles.exemple/{z}/{x}/{y}.mvt",
        "https://tuiles.exemple/{z}/{x}.mvt",
        "https:///{z}/{x}/{y}",
        "https://a;b/{z}/{x}/{y}",
        "https://moi:secret@tuiles.exemple/{z}/{x}/{y}",
        "tuiles",
    ):
        with pytest.raises(ImproperlyConfigured, match="PARVIS_MAP_TILES"):
            map_tiles_host(wrong)


@pytest.fixture
def crossing() -> None:
    for number in range(1, 12, 2):
        make_address(number, "rue du Phare", latitude=48.4, longitude=-64.3 + number / 2000)
        make_address(number + 100, "chemin du Quai-Neuf", latitude=48.397 + number / 2000, longitude=-64.297)


def test_a_corner_is_proposed_and_its_point_is_kept_without_a_script(
    client: Client, town: SmallTown, crossing: None
) -> None:
    page = html_of(client.get("/demande/lieux", {"q": "phare et quai-neuf"}))
    match = re.search(r'data-label="([^"]+)"', page)
    assert match and "Intersection" in page and "data-value" not in page
    found = client.get("/demande/lieux/proche", {"place": match[1]}).json()
    assert found["inside"] and found["words"].startswith("au coin")
    response = client.post(PATH, filled(client, place=match[1], **{"ask-taille": "grand"}))
    assert response.status_code == 302, html_of(response)
    case = Case.objects.get()
    assert case.address is None and case.point and case.point[0] == pytest.approx(48.4, abs=0.0005)
    assert case.place_text == match[1]


def test_an_unknown_number_offers_its_neighbours(client: Client, town: SmallTown, crossing: None) -> None:
    page = html_of(client.get("/demande/lieux", {"q": "6 rue du Phare"}))
    assert "5, rue du Phare" in page and "7, rue du Phare" in page
    assert "le 6 n’est pas dans nos adresses; voisin" in page


def test_a_point_far_from_every_house_is_near_one_and_no_distance_is_told(
    client: Client, town: SmallTown, crossing: None
) -> None:
    words = client.get("/demande/lieux/proche", {"at": "48.408,-64.299"}).json()["words"]
    assert words.startswith("près du") and " m " not in words.replace("\u00a0", " ")
