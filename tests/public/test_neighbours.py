"""A place outside the town names the other town that it is in, and how to tell it; nothing typed is lost."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.places.models import Address, NeighbouringTown, Sector
from parvis.apps.places.queries.neighbours import neighbour_at, neighbour_named
from parvis.apps.places.rules.shapes import inside
from parvis.lib import ttl_cache
from parvis.operations.town.load import load
from tests.counting import statements
from tests.factories import SmallTown
from tests.public.test_report import filled
from tests.public.test_request import html_of, key, picture

ROOT = Path(__file__).parents[2]
PATH = "/signaler/"
BOX = [[-64.3, 48.3], [-64.0, 48.3], [-64.0, 48.5], [-64.3, 48.5], [-64.3, 48.3]]
CALL = "Ce lieu est dans une autre ville : Port-Loin. Avisez-la au 418 555-0188."


@pytest.fixture
def beside(town: SmallTown, settings: Settings) -> SmallTown:
    """A town at 64.31 west, and its neighbour, which begins at 64.30."""
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"
    Address.objects.filter(pk=town.address.pk).update(latitude=48.4, longitude=-64.31)
    names = {"name_fr": "Port-Loin", "name_en": "Far Port", "url": "https://port-loin.example"}
    area = {"type": "Polygon", "coordinates": [BOX]}
    NeighbouringTown.objects.create(slug="port-loin", phone="+14185550188", area=area, **names)
    ttl_cache.forget_all()
    return town


def test_a_place_in_words_names_the_other_town_once_then_goes_on(client: Client, beside: SmallTown) -> None:
    for place in (
        "3, rue Inconnue, Port-Loin",
        "3 rue inconnue port loin",
        "12, rue du Quai, Port-Loin (Québec) G0C 1A0",
    ):
        first = client.post(PATH, filled(client, place=place, words="Un trou."))
        page = html_of(first)
        assert "Ce lieu semble être dans une autre ville : Port-Loin" in page and 'href="tel:+14185550188"' in page
        assert first.status_code == 200 and "Un trou." in page and place in page and not Case.objects.exists()
    shown = filled(client, place="3, rue Inconnue, Port-Loin", words="Un trou.") | {"seen": "elsewhere"}
    assert client.post(PATH, shown).status_code == 302 and Case.objects.count() == 1
    assert not any(map(neighbour_named, ("Port-Loin et du Quai", "12, Port-Loin", "", ", ,")))
    plain = html_of(client.post(f"{PATH}avant/", filled(client, place="3, rue Inconnue")))
    assert "Cet endroit est peut-être dans une autre ville" in plain and "Port-Loin" not in plain


def test_a_point_in_the_other_town_says_so_at_each_way_in(client: Client, beside: SmallTown) -> None:
    near = html_of(client.post(f"{PATH}avant/", filled(client, place="", pin="48.4,-64.295")))
    assert "Ce lieu semble être dans une autre ville : Port-Loin" in near
    far = client.post(PATH, filled(client, place="", pin="48.4,-64.1", words="Un trou."))
    page = html_of(far)
    assert far.status_code == 422 and CALL in page and 'value="48.4,-64.1"' in page and "Un trou." in page
    at = {"at": "48.4,-64.1"}
    assert client.get("/demande/lieux/proche", at).json()["told"].replace("\u00a0", " ") == CALL
    assert client.get("/demande/lieux/proche", {"at": "48.4,-64.31"}).json()["told"] == ""
    with statements() as seen:
        assert neighbour_at((48.4, -64.295)) is not None
    assert len(seen) <= 2
    Sector.objects.update(polygon={"type": "Polygon", "coordinates": [BOX]})
    assert neighbour_at((48.4, -64.295)) is None, "what is in a sector of the town is not outside"
    english = client.get("/demande/lieux/proche", at, headers={"accept-language": "en"})
    assert english.status_code == 200


@pytest.mark.parametrize("folder", ["towns/carignan", "tests/towns/val-des-aulnes"])
@pytest.mark.parametrize("demo", [True, False])
def test_an_invented_area_is_used_in_the_demonstration_only(folder: str, demo: bool, db: Any) -> None:
    load(ROOT / folder, demo=demo)
    towns = list(NeighbouringTown.objects.all())
    assert towns and any(town.area for town in towns) is demo
    assert all(town.source_title for town in towns if town.phone or town.url)
    points = [address.point for address in Address.objects.exclude(latitude=None)[:200] if address.point]
    ttl_cache.forget_all()
    assert not any(neighbour_at(point) for point in points if _in_a_sector(point))


def _in_a_sector(point: tuple[float, float]) -> bool:
    return any(inside(point, polygon) for polygon in Sector.objects.values_list("polygon", flat=True) if polygon)


def test_a_photo_taken_in_the_other_town_says_so_and_leaves_the_place_to_be_written(
    client: Client, beside: SmallTown
) -> None:
    taken = "Une de vos photos a été prise dans une autre ville, Port-Loin : son lieu n’a pas été retenu."
    form = {"key": key(client, PATH)}
    part = html_of(client.post(f"{PATH}photos/", form | {"photos": [picture(at=(48.4, -64.1))]}))
    assert taken in part and "data-pin-offer" not in part
    hidden = {name: re.findall(rf'name="{name}" value="([^"]+)"', part) for name in ("kept", "beyond")}
    more = html_of(client.post(f"{PATH}photos/", form | hidden | {"photos": [picture("autre.jpg")]}))
    assert taken in more, "another photo, that says nothing, takes nothing back"
    page = html_of(client.post(PATH, filled(client, place="", words="Un trou.") | form | hidden))
    assert taken in page and 'name="place"' in page, "it is still said when the form comes back"
    sent = filled(client, place="12, rue du Quai", words="Un trou.", seen="elsewhere near photo danger") | form | hidden
    assert client.post(PATH, sent).status_code == 302
    assert Case.objects.get().point is None or Case.objects.get().address is not None
    far = html_of(client.post(f"{PATH}photos/", form | {"photos": [picture(at=(10.0, 10.0))]}))
    assert "Une de vos photos a été prise hors de la ville" in far and "Port-Loin" not in far
    english = client.post(f"{PATH}photos/?langue=en", form | {"photos": [picture(at=(48.4, -64.1))]})
    assert "taken in Far Port, not here" in html_of(english)


def test_a_photo_taken_here_and_another_elsewhere_offer_the_place_that_is_here(
    client: Client, beside: SmallTown
) -> None:
    here, there = picture("ici.jpg", at=(48.4, -64.31)), picture("ailleurs.jpg", at=(48.4, -64.1))
    part = html_of(client.post(f"{PATH}photos/", {"key": key(client, PATH), "photos": [there, here]}))
    assert "data-pin-offer" in part and "Port-Loin" in part
