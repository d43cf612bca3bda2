"""Places as people say them: corners, landmarks, routes, numbers that the town does not have."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.utils import translation

from parvis.apps.places.models import MapShape, Street
from parvis.apps.places.queries.addresses import complete
from parvis.apps.places.queries.suggesting import corner_at, locate, suggest
from parvis.apps.places.rules.keys import name_key
from parvis.apps.places.rules.shapes import metres
from tests.counting import statements
from tests.factories import make_address, make_town

pytestmark = pytest.mark.django_db
CORNER = 48.4, -64.295


def shape(kind: str, slug: str, geometry: Mapping[str, object], **more: Any) -> None:
    MapShape.objects.create(kind=kind, slug=slug, geometry=geometry, **more)


@pytest.fixture(autouse=True)
def village() -> None:
    """Two streets that cross at CORNER, a provincial route along the north, a motorway, a park, a town hall."""
    make_town()
    for number in range(1, 20, 2):
        make_address(number, "rue du Phare", latitude=48.4, longitude=-64.3 + number / 2000)
        make_address(number + 100, "chemin du Quai", latitude=48.395 + number / 2000, longitude=-64.295)
        make_address(number + 3000, "route 132", latitude=48.406, longitude=-64.3 + number / 2000)
    road = Street.objects.create(name="autoroute 20", key=name_key("autoroute 20"), owner="mtmd")
    line = {"type": "MultiLineString", "coordinates": [[[-64.31, 48.39], [-64.293, 48.41]]]}
    shape("street", "autoroute-20", line, street=road, road="highway")
    outline = [[-64.298, 48.401], [-64.296, 48.401], [-64.296, 48.403], [-64.298, 48.403], [-64.298, 48.401]]
    park = {"type": "Polygon", "coordinates": [outline]}
    shape("park", "parc-du-phare", park, name_fr="Parc du Phare", name_en="Lighthouse Park")
    hall = {"type": "Point", "coordinates": [-64.294, 48.4]}
    names = {"name_fr": "Hôtel de ville", "name_en": "Town Hall", "other_names": ["mairie"]}
    shape("landmark", "hotel-de-ville", hall, **names)


def labels(text: str) -> list[str]:
    return [place.label for place in suggest(text)]


@pytest.mark.parametrize(
    "typed",
    ["Phare et Quai", "coin Quai / Phare", "phare coin quai", "intersection de la rue du Phare et du chemin du Quai",
     "corner of Phare and Quai", "phre et quai"],
)  # fmt: skip
def test_a_corner_is_completed_with_its_point(typed: str) -> None:
    (place,) = suggest(typed)
    assert {"rue du Phare", "chemin du Quai"} == set(place.label.split(" et "))
    assert place.address is None and place.point and metres(place.point, CORNER) < 20


def test_the_corners_of_a_street_are_offered_while_the_second_is_not_typed() -> None:
    places = suggest("coin quai")
    assert "chemin du Quai et rue du Phare" in [place.label for place in places]
    assert all(place.label.startswith("chemin du Quai et ") and place.point for place in places)


def test_streets_that_do_not_meet_have_no_corner() -> None:
    assert suggest("rue du Phare et route 132") == []
    assert locate("rue du Phare et route 132") is None


@pytest.mark.parametrize("typed", ["la 132", "route 132", "rte 132", "hwy 132"])
def test_a_provincial_route_is_found_by_its_number(typed: str) -> None:
    assert "3001, route 132" in labels(typed)


def test_a_motorway_without_an_address_offers_its_corners() -> None:
    places = suggest("A-20")
    assert places and all("autoroute 20" in place.label and place.point for place in places)


@pytest.mark.parametrize(("typed", "first"), [("parc du ph", "Parc du Phare"), ("mairie", "Hôtel de ville")])
def test_a_landmark_is_completed_with_its_point(typed: str, first: str) -> None:
    place = suggest(typed)[0]
    assert (place.label, place.address) == (first, None) and place.point


def test_a_landmark_does_not_hide_the_street_of_its_name() -> None:
    assert {"Parc du Phare", "1, rue du Phare"} <= set(labels("phare"))
    assert labels("7 rue du phare") == ["7, rue du Phare"]


def test_places_speak_english_too() -> None:
    with translation.override("en"):
        assert labels("lighthouse")[0] == "Lighthouse Park"
        (corner,) = suggest("Phare and Quai")
        assert " and " in corner.label and locate(corner.label) == corner.point


def test_an_unknown_number_is_placed_between_its_neighbours_and_offers_them() -> None:
    first, *neighbours = suggest("8 rue du Phare")
    assert first.label == "8, rue du Phare" and first.address is None
    assert first.point and metres(first.point, (48.4, -64.296)) < 1
    assert [place.label for place in neighbours] == [f"{number}, rue du Phare" for number in (5, 7, 9, 11)]
    assert all("le 8 n’est pas dans nos adresses" in place.detail and place.address for place in neighbours)


def test_a_number_beyond_the_last_house_offers_the_last_ones_and_no_point() -> None:
    places = suggest("1311 rue du Phare")
    assert [place.label for place in places] == ["17, rue du Phare", "19, rue du Phare"]
    assert locate("1311 rue du Phare") is None


@pytest.mark.parametrize("typed", ["7, rue du Phare", "8, rue du Phare", "Parc du Phare", "Hôtel de ville", "mairie"])
def test_what_is_written_in_full_has_its_point(typed: str) -> None:
    assert locate(typed)


def test_every_suggestion_that_has_a_point_can_be_written_back() -> None:
    for typed in ("phare et quai", "parc du phare", "8 rue du phare", "7 rue du phare", "a-20 et quai"):
        for place in suggest(typed)[:1]:
            assert place.point is None or locate(place.label) == pytest.approx(place.point)


@pytest.mark.parametrize(
    "typed", ["", "  ", "parc", "phar", "et", "coin", "/", "9999 nulle part et ailleurs", "\x00", "👋"]
)
def test_words_that_name_no_place_find_nothing_or_something_near(typed: str) -> None:
    assert locate(typed) is None
    suggest(typed)


@pytest.mark.parametrize("typed", ["phare et quai", "parc", "8 rue du phare", "7 phare", "a-20", "xyz", "coin quai"])
def test_a_keystroke_costs_no_more_than_before(typed: str) -> None:
    suggest("phare et quai")  # reads the map, which each process then keeps
    with statements() as queries:
        suggest(typed)
    assert len(queries) <= 3
    with statements() as before:
        complete("7 phare")
    assert len(before) <= 3


def test_a_point_on_a_corner_is_told_by_its_streets() -> None:
    corner = corner_at(CORNER)
    assert corner and set(corner.words.split(" et ")) == {"rue du Phare", "chemin du Quai"} and corner.metres < 20
    assert corner_at((48.4, -64.2985)) is None
