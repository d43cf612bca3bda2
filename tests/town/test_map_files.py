"""The files of a town's map: what they draw, and what is wrong with one said by its name."""

import json
from pathlib import Path

import pytest

from parvis.apps.places.models import MapShape
from parvis.apps.places.queries.plan import plan
from parvis.apps.places.queries.suggesting import suggest
from parvis.apps.places.queries.town_map import town_map
from parvis.operations.town import load, reading
from parvis.operations.town.reading import TownFileError
from tests.town.conftest import CARIGNAN

LINE = {"type": "LineString", "coordinates": [[-74.40, 46.10], [-74.39, 46.11]]}
SQUARE = {"type": "Polygon", "coordinates": [[[-74.4, 46.1], [-74.3, 46.1], [-74.3, 46.2], [-74.4, 46.1]]]}
FLAT, POINT = {"type": "LineString", "coordinates": [1, 2]}, {"type": "Point", "coordinates": [1, 2]}
NAME = {"fr": "Lac Rond", "en": "Round Lake"}


def write(folder: Path, name: str, *features: tuple[dict[str, object], object]) -> None:
    collection = [{"type": "Feature", "properties": own, "geometry": geometry} for own, geometry in features]
    (folder / name).write_text(json.dumps({"type": "FeatureCollection", "features": collection}))


@pytest.mark.django_db
def test_the_sample_town_has_water_parks_continuous_streets_and_landmarks() -> None:
    load.load(CARIGNAN, demo=True)
    drawn = town_map()
    assert {shape.kind for shape in drawn.shapes} == set(MapShape.Kind.values)
    assert all(shape.example for shape in drawn.shapes) and plan().example
    assert all(len(street.lines) == 1 for street in drawn.streets.values() if street.drawn), "no street in pieces"
    alone = [street.name for pk, street in drawn.streets.items() if not drawn.corners_of(pk)]
    assert alone == [], "every street meets another"
    assert suggest("mairie")[0].label == "Hôtel de ville"


@pytest.mark.django_db
def test_parts_of_a_street_make_one_line_and_a_second_load_changes_nothing(village: Path) -> None:
    other = {"type": "LineString", "coordinates": [[-74.39, 46.11], [-74.38, 46.12]]}
    write(
        village, "streets.geojson", ({"street": "route 329", "road": "highway"}, LINE), ({"street": "route 329"}, other)
    )
    write(village, "water.geojson", ({"slug": "lac-rond", "name": NAME}, SQUARE), ({"slug": "ruisseau"}, LINE))
    report = load.load(village, demo=True)
    assert report.tallies["map"].created == 3
    route = MapShape.objects.get(kind="street")
    assert route.road == "highway" and len(route.geometry["coordinates"]) == 2
    (village / "water.geojson").unlink()
    assert load.load(village, demo=True).tallies["map"].removed == 2


@pytest.mark.parametrize(
    ("file", "properties", "geometry", "words"),
    [
        ("streets.geojson", {"street": "rue Inconnue"}, LINE, "rue Inconnue: 'street' names an unknown"),
        ("streets.geojson", {"street": "route 329", "road": "wide"}, LINE, "'road' must be one of"),
        ("streets.geojson", {"street": "route 329"}, SQUARE, "its geometry must be a LineString"),
        ("streets.geojson", {"street": "route 329"}, FLAT, "must be a LineString"),
        ("water.geojson", {"slug": "lac"}, POINT, "water.geojson, lac: its geometry"),
        ("parks.geojson", {"slug": "parc"}, LINE, "parks.geojson, parc: its geometry must be a closed Polygon"),
        ("parks.geojson", {"slug": "parc", "name": {"fr": "Parc"}}, SQUARE, "'name' must give fr and en"),
        ("landmarks.geojson", {"slug": "quai", "name": NAME}, SQUARE, "its geometry must be a Point"),
        ("landmarks.geojson", {"slug": "quai"}, POINT, "'name'"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_of_the_map_is_said(
    village: Path, file: str, properties: dict[str, object], geometry: object, words: str
) -> None:
    write(village, file, (properties, geometry))
    with pytest.raises(TownFileError) as refused:
        reading.read(village)
    assert words in str(refused.value)
