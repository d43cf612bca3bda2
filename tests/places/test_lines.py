"""Lines of streets: continuous, joined where they meet, crossed; numbers placed between known houses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.apps.places.rules.lines import crossings, interpolated, join_ends, middle, nearest_on, smooth
from parvis.apps.places.rules.shapes import Point, metres

AT = 48.4, -64.3
POINTS = st.tuples(st.floats(48.40, 48.42), st.floats(-64.32, -64.30))
LINES = st.lists(POINTS, min_size=2, max_size=8)


def line(*metres_away: tuple[float, float]) -> list[Point]:
    """A line through points given as metres to the north and to the east of AT."""
    return [(AT[0] + north / 111_195, AT[1] + east / 73_800) for north, east in metres_away]


@given(LINES)
def test_a_smooth_line_keeps_its_ends_and_stays_where_it_was(points: list[Point]) -> None:
    smoothed = smooth(points)
    assert (smoothed[0], smoothed[-1]) == (points[0], points[-1])
    north, east = [p[0] for p in points], [p[1] for p in points]
    assert all(min(north) - 1e-9 <= p[0] <= max(north) + 1e-9 for p in smoothed)
    assert all(min(east) - 1e-9 <= p[1] <= max(east) + 1e-9 for p in smoothed)


def test_streets_cross_once_where_they_meet() -> None:
    along, across = line((0, -200), (0, 200)), line((-150, 10), (150, 10))
    assert metres(crossings([along], [across])[0], line((0, 10))[0]) < 1
    assert len(crossings([along], [across])) == 1
    assert crossings([along], [line((80, -200), (80, 200))]) == []


def test_a_street_that_ends_on_another_crosses_it_there() -> None:
    along, end = line((0, -200), (0, 200)), line((12, 40), (300, 40))
    assert metres(crossings([along], [end])[0], line((0, 40))[0]) < 15


@given(LINES, LINES)
def test_a_corner_is_the_same_from_either_street(one: list[Point], other: list[Point]) -> None:
    mine, theirs = crossings([one], [other]), crossings([other], [one])
    assert bool(mine) == bool(theirs)
    for point in mine:
        assert nearest_on(point, [one])[0] < 20 and nearest_on(point, [other])[0] < 20  # type: ignore[index]


def test_an_end_close_to_another_street_is_joined_to_it_and_a_far_one_is_not() -> None:
    main, near, far = line((0, -500), (0, 500)), line((90, 0), (400, 0)), line((300, 200), (600, 200))
    joined = join_ends({"main": [main], "near": [near], "far": [far]})
    assert metres(joined["near"][0][0], line((0, 0))[0]) < 1
    assert joined["far"] == [far]
    assert crossings(joined["main"], joined["near"])


def test_a_street_that_crosses_another_is_not_joined_to_it_again() -> None:
    main, through = line((0, -500), (0, 500)), line((-90, 0), (90, 30))
    assert join_ends({1: [main], 2: [through]})[2] == [through]


HOUSES = [(1, line((0, 0))[0]), (9, line((80, 0))[0]), (2, line((0, 15))[0]), (10, line((80, 15))[0])]


def test_a_number_is_placed_between_its_neighbours_of_the_same_side() -> None:
    at = interpolated(5, HOUSES)
    assert at and metres(at, line((40, 0))[0]) < 0.5
    even = interpolated(6, HOUSES)
    assert even and metres(even, line((40, 15))[0]) < 0.5
    assert interpolated(9, HOUSES) == HOUSES[1][1]


@pytest.mark.parametrize("number", [0, 11, 1311])
def test_a_number_outside_of_the_known_ones_is_nowhere(number: int) -> None:
    assert interpolated(number, HOUSES) is None


@given(st.lists(st.tuples(st.integers(1, 400), POINTS), min_size=1), st.integers(1, 400))
def test_an_interpolated_number_is_never_outside_of_its_street(houses: list[tuple[int, Point]], number: int) -> None:
    at = interpolated(number, houses)
    if at is not None:
        assert min(p[0] for _, p in houses) - 1e-9 <= at[0] <= max(p[0] for _, p in houses) + 1e-9
        assert min(p[1] for _, p in houses) - 1e-9 <= at[1] <= max(p[1] for _, p in houses) + 1e-9


def test_the_middle_of_a_street_is_half_way_along_its_longest_part() -> None:
    at = middle([line((0, 0), (10, 0)), line((0, 0), (0, 100), (0, 200))])
    assert at and metres(at, line((0, 100))[0]) < 0.5
    assert middle([]) is None
