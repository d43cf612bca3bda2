"""Points on the map: nearest house, sector, and the plan drawn from the town's data."""

import json

import pytest
from pytest_django import DjangoAssertNumQueries

from parvis.apps.places.models import Sector
from parvis.apps.places.queries import addresses, plan, town_map
from parvis.apps.places.rules.shapes import inside, metres, street_lines
from tests.factories import SmallTown, make_address

OUTLINE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
HOLE = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
SQUARE = {"type": "Polygon", "coordinates": [OUTLINE, HOLE]}


def test_a_polygon_holds_its_inside_and_not_its_holes() -> None:
    assert inside((3, 3), SQUARE) and not inside((1.5, 1.5), SQUARE) and not inside((5, 3), SQUARE)
    twice = {"type": "MultiPolygon", "coordinates": [[OUTLINE, HOLE], [[[8, 8], [9, 8], [9, 9], [8, 9], [8, 8]]]]}
    assert inside((8.5, 8.5), twice) and not inside((7, 7), twice)


def test_a_degree_of_longitude_is_shorter_up_here() -> None:
    assert metres((45.0, -73.0), (46.0, -73.0)) == pytest.approx(111_195, rel=0.001)
    assert metres((45.0, -73.0), (45.0, -72.0)) == pytest.approx(78_620, rel=0.005)


def test_a_street_runs_between_its_two_sides_and_stops_where_nobody_lives() -> None:
    odd_and_even = [(48.0, -64.0), (48.0002, -63.999), (48.0, -63.998), (48.2, -63.9), (48.2, -63.899)]
    near, far = street_lines(odd_and_even)
    assert near[1] == pytest.approx((48.0001, -63.9995)) and len(far) == 3


@pytest.fixture
def placed(town: SmallTown) -> SmallTown:
    for number in range(5):
        make_address(10 + number, "rue du Phare", latitude=48.4 + number / 1000, longitude=-64.3)
    Sector.objects.filter(slug="nord").update(
        polygon={"type": "Polygon", "coordinates": [[[-65, 48], [-64, 48], [-64, 49], [-65, 49], [-65, 48]]]}
    )
    return town


def test_the_nearest_house_is_found_and_how_far_it_is(placed: SmallTown) -> None:
    nearest = addresses.nearest((48.4021, -64.3005))
    assert nearest and (nearest.address.label, nearest.metres) == ("12, rue du Phare", 39)
    far = addresses.nearest((48.395, -64.3))
    assert far and far.metres == pytest.approx(556, abs=3)
    assert addresses.nearest((47.0, -64.3)) is None


def test_a_point_is_in_its_sector(placed: SmallTown) -> None:
    sector = addresses.sector_at((48.5, -64.5))
    assert sector and sector.slug == "nord"
    assert addresses.sector_at((40.0, -64.5)) is None


def test_an_address_typed_whole_needs_no_choosing(placed: SmallTown) -> None:
    address = addresses.exact("12 rue du Phare")
    assert address and address.civic == 12
    assert addresses.exact("rue du Phare") is None and addresses.exact("1 rue du Phare") is None


def test_the_plan_shows_sectors_streets_and_houses_and_knows_where_the_town_ends(placed: SmallTown) -> None:
    drawn = plan.plan()
    kinds = [feature["properties"]["kind"] for feature in json.loads(drawn.geojson)["features"]]
    assert kinds == ["sector", "street", "house"]
    assert drawn.holds((48.41, -64.31)) and not drawn.holds((45.5, -73.5))


def test_a_town_that_places_nothing_refuses_no_point(town: SmallTown) -> None:
    drawn = plan.plan()
    assert json.loads(drawn.geojson)["features"] == [] and drawn.holds((45.5, -73.5))


def test_a_district_that_was_just_loaded_is_in_the_town_within_a_minute(
    placed: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(town_map._recent_box, "_seconds", 0.0)  # the minute is over
    assert not plan.plan().holds((48.6, -64.3))
    make_address(900, "rue du Phare", latitude=48.6, longitude=-64.3)
    assert plan.plan().holds((48.6, -64.3))


def test_what_is_around_a_point_is_drawn_in_metres(
    placed: SmallTown, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        around = plan.sketch((48.402, -64.3))
    assert ("12", 0, 0) in around.houses and ("13", 0, -111) in around.houses
    assert around.roads[0].name == "rue du Phare" and around.roads[0].label == (0, 56)
