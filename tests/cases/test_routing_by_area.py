"""Routing rules on any kind of area match addresses and points on the map, for new and past cases.

A town has several kinds of areas: collection, district, snow removal. A house is in one area of each kind.
"""

import pytest
from pytest_django import DjangoAssertNumQueries

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.destinations import route_for
from parvis.apps.cases.queries.reporting.routing_simulation import simulate
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature, RoutingRule, Subject
from parvis.apps.catalogue.queries.subjects import forget
from parvis.apps.directory.models import Actor, Department
from parvis.apps.places.models import Address, Sector, Segment, Street
from parvis.apps.places.queries.placing import SectorMap
from parvis.apps.places.rules.shapes import Point
from parvis.operations.town import load
from tests.factories import SmallTown, make_address, unique
from tests.town.conftest import CARIGNAN, VILLAGE

HOUSE, FARM = (48.45, -64.35), (48.45, -64.25)


def box(west: float, east: float) -> dict[str, object]:
    corners = [[west, 48.4], [east, 48.4], [east, 48.5], [west, 48.5], [west, 48.4]]
    return {"type": "Polygon", "coordinates": [corners]}


@pytest.fixture
def quay(town: SmallTown) -> Sector:
    """A snow removal sector, within the district of all addresses of the small town."""
    return Sector.objects.create(
        slug="deneigement-quai", kind="deneigement", name_fr="Le quai", name_en="The quay", polygon=box(-64.4, -64.3)
    )


@pytest.fixture
def house(quay: Sector) -> Address:
    return make_address(12, "rue du Phare", latitude=HOUSE[0], longitude=HOUSE[1])


@pytest.fixture
def farm(quay: Sector) -> Address:
    return make_address(900, "rang du Bout", latitude=FARM[0], longitude=FARM[1])


def rule(to: Department, *areas: str, **conditions: object) -> RoutingRule:
    """A published routing rule on areas."""
    created = RoutingRule.objects.create(
        name=unique(), position=0, to=to, sectors=list(areas), why_fr="Ici.", why_en="Here.", **conditions
    )
    forget()
    return created


def opened(town: SmallTown, **values: object) -> Case:
    defaults = {"key": unique(), "subject": town.streetlight, "nature": Nature.REQUEST, "channel": "web"}
    defaults |= {"words": "Il fait noir."}
    return open_case(NewCase(**{**defaults, **values}), by=Actor.citizen()).case  # type: ignore[arg-type]


def test_a_rule_on_a_snow_sector_catches_a_request_told_by_an_address_in_it(
    town: SmallTown, house: Address, farm: Address
) -> None:
    rule(town.planning, "deneigement-quai")
    assert opened(town, address=house).department == town.planning
    assert opened(town, address=farm).department == town.works


def test_a_rule_on_a_snow_sector_catches_a_point_shown_on_the_map_far_from_any_house(
    town: SmallTown, quay: Sector
) -> None:
    rule(town.planning, "deneigement-quai")
    assert opened(town, place_text="-", point=HOUSE).department == town.planning
    assert opened(town, place_text="-", point=FARM).department == town.works


def test_a_point_beside_a_house_is_in_the_areas_of_the_point_and_on_the_side_of_the_street_of_the_house(
    town: SmallTown, house: Address, farm: Address
) -> None:
    rule(town.planning, "deneigement-quai")
    assert opened(town, place_text="-", point=FARM, near=house).department == town.works
    assert opened(town, place_text="-", point=HOUSE, near=farm).department == town.planning
    Segment.objects.create(
        street=house.street, first=1, last=99, parity="all", sector=Sector.objects.get(slug="deneigement-quai")
    )
    assert opened(town, place_text="-", point=FARM, near=house).department == town.planning


def test_a_rule_on_the_sector_written_with_an_address_still_catches_it(town: SmallTown, house: Address) -> None:
    assert house.sector is not None
    rule(town.planning, house.sector.slug)
    assert opened(town, address=house).department == town.planning
    assert opened(town, place_text="Au coin").department == town.works, "nobody knows where"


def test_the_simulator_counts_the_past_requests_of_an_area_by_address_and_by_point(
    town: SmallTown, house: Address, farm: Address, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for place in (
        {"address": house},
        {"place_text": "-", "point": HOUSE},
        {"address": farm},
        {"place_text": "Au coin"},
    ):
        opened(town, **place)
    tried = rule(town.planning, "deneigement-quai")
    simulate(tried)
    with django_assert_num_queries(4):
        routing_simulation = simulate(tried)
    assert (routing_simulation.looked_at, routing_simulation.caught, routing_simulation.moved) == (4, 2, 2)
    for _ in range(6):
        opened(town, address=house)
    simulate(tried)
    with django_assert_num_queries(4):
        assert simulate(tried).caught == 8


def test_where_no_rule_asks_for_an_area_none_is_looked_up(
    town: SmallTown, house: Address, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rule(town.planning, "deneigement-quai", subjects=["cabanon"])
    route_for(town.streetlight, house, "", "resident", "request")
    with django_assert_num_queries(0):
        assert route_for(town.streetlight, house, "", "resident", "request").department == town.works
    rule(town.planning, "deneigement-quai", subjects=["lampadaire"])
    route_for(town.streetlight, house, "", "resident", "request")
    with django_assert_num_queries(2):
        assert route_for(town.streetlight, house, "", "resident", "request").department == town.planning


@pytest.mark.parametrize("folder", [CARIGNAN, VILLAGE], ids=["carignan", "val-des-aulnes"])
def test_in_each_town_a_rule_on_any_area_catches_its_addresses_its_points_and_their_past(db: None, folder: str) -> None:
    load.load(folder, demo=True)
    placing = SectorMap()
    inhabited: dict[str, Address] = {}
    for address in Address.objects.select_related("street", "sector"):
        inhabited |= {sector.slug: address for sector in placing.of_address(address).values() if sector}
    drawn = {sector.slug for sector in Sector.objects.exclude(polygon=None)}
    assert inhabited and drawn >= set(inhabited)
    subject = Subject.objects.filter(routable=True, active=True, place=Subject.Place.REQUIRED).order_by("pk")[0]
    others = Department.objects.filter(kind=Department.Kind.DEPARTMENT).exclude(pk=subject.department_id)
    elsewhere = others.order_by("pk")[0]
    for slug, address in inhabited.items():
        RoutingRule.objects.all().delete()
        tried = rule(elsewhere, slug)
        before = simulate(tried).caught
        points: list[Point | None] = [None, address.point]
        for point in points:
            place = {"address": None if point else address, "point": point, "place_text": "-"}
            case = _opened_in(subject, **place)
            assert case.department == elsewhere, (slug, point)
        if address.point:
            assert simulate(tried).caught == before + 2


def _opened_in(subject: Subject, **place: object) -> Case:
    defaults = {
        "key": unique(),
        "subject": subject,
        "nature": Nature.REQUEST,
        "channel": "web",
        "words": "Ici.",
        "follows": True,
    }
    return open_case(NewCase(**defaults | place), by=Actor.citizen()).case  # type: ignore[arg-type]


def test_a_street_that_two_areas_share_is_routed_by_the_side_of_the_house(town: SmallTown, house: Address) -> None:
    Segment.objects.create(
        street=Street.objects.get(name="rue du Phare"),
        first=1,
        last=99,
        parity="odd",
        sector=Sector.objects.get(slug="deneigement-quai"),
    )
    across = make_address(13, "rue du Phare", latitude=FARM[0], longitude=FARM[1])
    rule(town.planning, "deneigement-quai")
    assert opened(town, address=across).department == town.planning
