"""Whom a notice affects and when, worked out by hand; both ends of every range."""

from datetime import date

import pytest

from parvis.apps.schedules.rules.affected_area import Area, Days, Place, Side, Stage, Touch

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[-73.4, 45.4], [-73.3, 45.4], [-73.3, 45.5], [-73.4, 45.5], [-73.4, 45.4]]],
}
INSIDE, OUTSIDE = (45.45, -73.35), (45.55, -73.35)
YES, MAYBE, NO = Touch.YES, Touch.MAYBE, Touch.NO


def house(
    civic: int = 2210, street: int = 1, sector: int | None = None, point: tuple[float, float] | None = None
) -> Place:
    return Place(street, civic, sector, point)


@pytest.mark.parametrize(
    ("area", "place", "expected"),
    [
        (Area(street=1), house(), YES),  # the whole street
        (Area(street=2), house(), NO),  # the corner lot whose number is on the other street
        (Area(street=1, first=2210, last=2290), house(2210), YES),  # both ends
        (Area(street=1, first=2210, last=2290), house(2290), YES),
        (Area(street=1, first=2210, last=2290), house(2209), NO),
        (Area(street=1, first=2210, last=2290), house(2291), NO),
        (Area(street=1, first=2290, last=2210), house(2250), YES),  # written the other way round
        (Area(street=1, first=2210, last=2290, side=Side.EVEN), house(2250), YES),
        (Area(street=1, first=2210, last=2290, side=Side.EVEN), house(2251), NO),  # across the street
        (Area(street=1, first=2210, last=2290, side=Side.ODD), house(2251), YES),
        (Area(street=1, first=2250), house(2249), NO),  # from a number on
        (Area(street=1, first=2250), house(9999), YES),
        (Area(street=1, last=2250), house(2250), YES),  # up to a number
        (Area(street=1, last=2250), house(2251), NO),
        (Area(polygon=SQUARE), house(point=INSIDE), YES),
        (Area(polygon=SQUARE), house(point=OUTSIDE), NO),
        (Area(polygon=SQUARE), house(), MAYBE),  # an address without coordinates
        (Area(sector=7), house(sector=7), YES),
        (Area(sector=7), house(sector=8), NO),
        (Area(sector=7), house(), MAYBE),  # a new street without a sector
        (Area(sector=7, polygon=SQUARE), house(sector=8, point=INSIDE), YES),  # a district and a collection sector
        (Area(sector=7, polygon=SQUARE), house(sector=8), MAYBE),
        (
            Area(sector=7, sector_kind="quartier"),
            Place(1, 2210, 8, None, "collecte"),
            MAYBE,
        ),  # says nothing of districts
        (Area(sector=7, sector_kind="quartier"), Place(1, 2210, 8, None, "collecte", {"quartier": 9}), NO),
        (Area(sector=7, sector_kind="quartier"), Place(1, 2210, 8, None, "collecte", {"quartier": 7}), YES),
        (Area(sector=7, sector_kind="collecte"), Place(1, 2210, 8, None, "collecte"), NO),
        (Area(whole_town=True), house(), YES),
        (Area(), house(), MAYBE),  # a deleted street or sector
    ],
)
def test_whom_it_touches(area: Area, place: Place, expected: Touch) -> None:
    assert area.touch(place) == expected


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("days", "first", "last", "expected"),
    [
        (Days(day("12-07"), day("12-11")), "12-11", "12-20", True),  # both ends of both ranges
        (Days(day("12-07"), day("12-11")), "12-01", "12-07", True),
        (Days(day("12-07"), day("12-11")), "12-12", "12-20", False),
        (Days(day("12-07"), day("12-11")), "12-01", "12-06", False),
        (Days(day("12-07"), day("12-11")), "12-08", "12-08", True),
        (Days(day("12-07")), "12-31", "12-31", True),  # until it is lifted
        (Days(day("12-07"), lifted=day("12-09")), "12-09", "12-09", True),  # still shown on the day it was lifted
        (Days(day("12-07"), lifted=day("12-09")), "12-10", "12-10", False),
        (Days(day("12-07"), day("12-11"), lifted=day("12-09")), "12-10", "12-11", False),
    ],
)
def test_when_it_counts(days: Days, first: str, last: str, expected: bool) -> None:
    assert days.overlap(day(first), day(last)) is expected


@pytest.mark.parametrize(
    ("days", "today", "stage"),
    [
        (Days(day("12-07"), day("12-11")), "12-06", Stage.COMING),
        (Days(day("12-07"), day("12-11")), "12-07", Stage.IN_FORCE),
        (Days(day("12-07"), day("12-11")), "12-11", Stage.IN_FORCE),
        (Days(day("12-07"), day("12-11")), "12-12", Stage.OVER),
        (Days(day("12-07"), day("12-11"), day("12-09")), "12-09", Stage.LIFTED),
        (Days(day("12-07"), day("12-11"), day("12-09")), "12-08", Stage.IN_FORCE),
        (Days(day("12-07"), day("12-11"), day("12-20")), "12-20", Stage.OVER),  # lifted when it was over already
        (Days(day("12-07")), "12-30", Stage.IN_FORCE),
    ],
)
def test_where_it_stands(days: Days, today: str, stage: Stage) -> None:
    assert days.stage(day(today)) == stage
