"""The sector of a house comes from its street segment, else from polygons; otherwise it is unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from parvis.apps.places.models import Address, Sector, Segment, Street
from parvis.apps.places.queries import addresses
from parvis.apps.places.queries.placing import SectorMap
from parvis.apps.places.rules.sides import Side, contradictions
from parvis.operations.town import load
from tests.factories import SmallTown, make_address
from tests.town.conftest import CARIGNAN, VILLAGE

Box = tuple[float, float, float, float]

WEST, EAST = (-64.4, 48.4, -64.3, 48.5), (-64.3, 48.4, -64.2, 48.5)  # they meet along rue du Phare


def box(west: float, south: float, east: float, north: float) -> dict[str, object]:
    """A GeoJSON rectangle."""
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


@pytest.fixture
def sectors(town: SmallTown) -> dict[str, Sector]:
    """Two collection sectors, west and east, and one district over both."""
    Sector.objects.all().delete()
    areas = {"ouest": ("collecte", WEST), "est": ("collecte", EAST), "phare": ("quartier", (-64.4, 48.4, -64.2, 48.5))}
    return {
        slug: Sector.objects.create(slug=slug, kind=kind, name_fr=slug, name_en=slug, polygon=box(*corners))
        for slug, (kind, corners) in areas.items()
    }


def house(civic: int, street: str = "rue du Phare", *, at: tuple[float, float] | None = (48.45, -64.3005)) -> Address:
    """A house without a sector of its own; a little west of rue du Phare unless said otherwise."""
    latitude, longitude = at or (None, None)
    return make_address(civic, street, latitude=latitude, longitude=longitude, sector=None)


def slugs(address: Address) -> dict[str, str]:
    """The sectors of an address by kind, "" for unknown."""
    return {kind: sector.slug if sector else "" for kind, sector in addresses.sectors_of(address).items()}


def side(sector: Sector, first: int, last: int, parity: str, street: str = "rue du Phare") -> Segment:
    """Assigns a sector to one side of a street."""
    road = Street.objects.get(name=street)
    return Segment.objects.create(street=road, first=first, last=last, parity=parity, sector=sector)


def test_polygons_say_it_where_no_side_does(sectors: dict[str, Sector]) -> None:
    assert slugs(house(12)) == {"collecte": "ouest", "quartier": "phare"}
    assert slugs(house(13, at=(48.45, -64.25))) == {"collecte": "est", "quartier": "phare"}


def test_the_two_sides_of_a_boundary_street_differ_whatever_the_polygons_say(sectors: dict[str, Sector]) -> None:
    odd, even = house(13), house(12)
    side(sectors["est"], 1, 99, "odd")
    side(sectors["ouest"], 2, 98, "even")

    assert slugs(odd)["collecte"] == "est" and slugs(even)["collecte"] == "ouest"
    assert slugs(odd)["quartier"] == "phare"  # no segment of that kind: the polygon still applies
    segments = SectorMap([odd.street_id]).segments(odd.street_id, odd.civic)
    assert [(segment.parity, segment.sector.slug) for segment in segments] == [("odd", "est")]


def test_a_corner_lot_goes_with_the_street_of_its_number(sectors: dict[str, Sector]) -> None:
    corner = (48.45, -64.3)
    on_boundary, around_the_corner = house(98, at=corner), house(2, "rue du Quai", at=corner)
    side(sectors["ouest"], 2, 98, "even")
    side(sectors["est"], 1, 99, "all", "rue du Quai")

    assert slugs(on_boundary)["collecte"] == "ouest" and slugs(around_the_corner)["collecte"] == "est"


def test_a_side_ends_where_it_says(sectors: dict[str, Sector]) -> None:
    inside, beyond = house(98), house(100)
    side(sectors["est"], 2, 98, "even")
    assert slugs(inside)["collecte"] == "est" and slugs(beyond)["collecte"] == "ouest"


def test_an_unknown_street_is_said_to_be_unknown(sectors: dict[str, Sector]) -> None:
    assert addresses.street_named("rue Toute-Neuve") is None and addresses.exact("12 rue Toute-Neuve") is None
    new = house(4, "rue Toute-Neuve", at=None)
    assert slugs(new) == {"collecte": "", "quartier": ""}
    assert slugs(house(6, "rue Toute-Neuve", at=(47.0, -64.3))) == {"collecte": "", "quartier": ""}


def test_a_house_not_yet_among_the_addresses_is_placed_by_its_side_alone(sectors: dict[str, Sector]) -> None:
    house(12)
    side(sectors["est"], 1, 99, "odd")
    street = addresses.street_named("RUE DU PHARE")
    assert street is not None
    assert SectorMap([street.pk]).of(street.pk, 51) == {"collecte": sectors["est"], "quartier": None}
    assert SectorMap([street.pk]).of(street.pk, 52) == {"collecte": None, "quartier": None}


def test_polygons_that_overlap_say_nothing(sectors: dict[str, Sector]) -> None:
    Sector.objects.filter(slug="est").update(polygon=box(-64.35, 48.4, -64.2, 48.5))
    assert slugs(house(12)) == {"collecte": "", "quartier": "phare"}


def test_the_sector_written_with_the_address_counts_last(sectors: dict[str, Sector]) -> None:
    far = make_address(1, "rang du Bout", sector=sectors["est"])
    wrong = make_address(3, "rang du Bout", sector=sectors["est"], latitude=48.45, longitude=-64.35)
    assert slugs(far)["collecte"] == "est" and slugs(wrong)["collecte"] == "ouest"


def test_two_queries_whatever_the_town(
    sectors: dict[str, Sector], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = house(12)
    for first in range(1, 200, 2):
        side(sectors["est"], first, first, "odd")
    with django_assert_num_queries(2):
        assert slugs(address)["collecte"] == "ouest"


sides = st.builds(Side, st.integers(1, 12), st.integers(1, 12), st.sampled_from(["all", "odd", "even"]))


@given(sides, sides)
def test_two_sides_contradict_each_other_when_some_number_stands_on_both(item: Side, other: Side) -> None:
    shared = [civic for civic in range(1, 13) if item.holds(civic) and other.holds(civic)]
    assert item.meets(other) == bool(shared)
    assert contradictions([("r", "k", item, "a"), ("r", "k", other, "b")]) == ([(0, 1)] if shared else [])
    assert contradictions([("r", "k", item, "a"), ("r", "k", other, "a"), ("s", "k", other, "c")]) == []


def test_the_sides_of_the_towns_agree_with_their_addresses(db: None) -> None:
    load.load(VILLAGE, demo=True)
    address = addresses.exact("1580 route 329")
    assert address and slugs(address)["collecte"] == "village"
    road = addresses.street_named("route 329")
    assert road and (sector := SectorMap([road.pk]).of(road.pk, 1581)["collecte"]) and sector.slug == "lac"


@pytest.mark.soak("places")
def test_the_sample_town_has_a_street_whose_sides_differ_and_it_is_an_example(db: None) -> None:
    load.load(CARIGNAN, demo=True)
    odd, even = addresses.exact("1731 chemin de Chambly"), addresses.exact("1752 chemin de Chambly")
    assert odd and even and slugs(odd)["collecte"] != slugs(even)["collecte"]
    assert not Segment.objects.filter(example=False).exists()
    for address in Address.objects.select_related("street"):
        assert addresses.sectors_of(address)["collecte"] == address.sector
