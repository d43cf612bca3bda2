"""Lines of streets: made continuous, joined where they meet, and crossed. Pure; points are (latitude, longitude)."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import cos, floor, radians
from typing import TypeVar

from parvis.apps.places.rules.shapes import METRES_A_DEGREE, Point, metres

Line = Sequence[Point]
Key = TypeVar("Key")

JOIN = 160  # metres: an end of a street this close to another street meets it
TOUCH = 18  # metres: streets this close at an end cross there
SAME_CORNER = 60  # metres: two crossings of the same streets closer than this are one
_CELL = 400  # metres


def smooth(line: Line) -> list[Point]:
    """The line with its corners cut (Chaikin, once); its ends stay where they are."""
    if len(line) < 3:
        return list(line)
    result = [line[0]]
    for a, b in pairwise(line):
        result += [_between(a, b, 0.25), _between(a, b, 0.75)]
    return [*result[:1], *result[2:-1], line[-1]]


def join_ends(lines: Mapping[Key, Sequence[Line]]) -> dict[Key, list[list[Point]]]:
    """Extends each end of a line to the closest point of another street within JOIN metres, when there is one.

    A line that already crosses that street is left as it is.
    """
    cells = _cells(lines)
    result: dict[Key, list[list[Point]]] = {}
    for key, parts in lines.items():
        result[key] = []
        for part in parts:
            longer = list(part)
            for end, at in ((part[0], 0), (part[-1], len(longer) + 1)):
                near = _closest(end, key, cells)
                if near and not crossings([part], lines[near[0]]):
                    longer.insert(at, near[1])
            result[key].append(longer)
    return result


def crossings(lines: Sequence[Line], others: Sequence[Line]) -> list[Point]:
    """Where two streets cross, or where one ends on the other; the points are SAME_CORNER metres apart at least."""
    found: list[Point] = []
    for line in lines:
        for other in others:
            if not _boxes_meet(line, other):
                continue
            points = [point for a, b in pairwise(line) for c, d in pairwise(other) if (point := _crossing(a, b, c, d))]
            points += [near for end in (line[0], line[-1]) if (near := _touching(end, other))]
            points += [near for end in (other[0], other[-1]) if (near := _touching(end, line))]
            for point in points:
                if all(metres(point, one) > SAME_CORNER for one in found):
                    found.append(point)
    return found


def interpolated(civic: int, houses: Iterable[tuple[int, Point]]) -> Point | None:
    """Where a number would be between the known houses (number, point) of its street; None outside of them.

    Houses of the same side are preferred: those of the same parity.
    """
    known = sorted(houses)
    for side in ([house for house in known if house[0] % 2 == civic % 2], known):
        below = [house for house in side if house[0] <= civic]
        above = [house for house in side if house[0] >= civic]
        if below and above:
            (low, start), (high, end) = below[-1], above[0]
            return start if high == low else _between(start, end, (civic - low) / (high - low))
    return None


def nearest_on(point: Point, lines: Iterable[Line]) -> tuple[float, Point] | None:
    """The closest point of these lines and its distance in metres; None without lines."""
    found = [(metres(point, near), near) for line in lines for a, b in pairwise(line) if (near := _foot(point, a, b))]
    return min(found, default=None)


def middle(lines: Sequence[Line]) -> Point | None:
    """A point half-way along the longest line."""
    longest = max(lines, key=_length, default=None)
    if not longest:
        return None
    left = _length(longest) / 2
    for a, b in pairwise(longest):
        size = metres(a, b)
        if size >= left > 0:
            return _between(a, b, left / size)
        left -= size
    return longest[len(longest) // 2]


def _length(line: Line) -> float:
    return sum(metres(a, b) for a, b in pairwise(line))


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _boxes_meet(line: Line, other: Line) -> bool:
    edge = TOUCH / METRES_A_DEGREE
    for axis, room in ((0, edge), (1, edge * 2)):
        mine, theirs = [point[axis] for point in line], [point[axis] for point in other]
        if min(mine) - room > max(theirs) or min(theirs) - room > max(mine):
            return False
    return True


def _crossing(a: Point, b: Point, c: Point, d: Point) -> Point | None:
    """Where two segments cross."""
    across = (b[0] - a[0]) * (d[1] - c[1]) - (b[1] - a[1]) * (d[0] - c[0])
    if not across:
        return None
    mine = ((c[0] - a[0]) * (d[1] - c[1]) - (c[1] - a[1]) * (d[0] - c[0])) / across
    theirs = ((c[0] - a[0]) * (b[1] - a[1]) - (c[1] - a[1]) * (b[0] - a[0])) / across
    return _between(a, b, mine) if 0 <= mine <= 1 and 0 <= theirs <= 1 else None


def _touching(end: Point, line: Line) -> Point | None:
    near = nearest_on(end, [line])
    return near[1] if near and near[0] <= TOUCH else None


def _foot(point: Point, a: Point, b: Point) -> Point:
    """The point of a segment closest to another."""
    shrink = cos(radians(point[0]))
    north, east = b[0] - a[0], (b[1] - a[1]) * shrink
    size = north * north + east * east
    along = ((point[0] - a[0]) * north + (point[1] - a[1]) * shrink * east) / size if size else 0.0
    return _between(a, b, min(1.0, max(0.0, along)))


_Cells = dict[tuple[int, int], list[tuple[Key, Point, Point]]]


def _cell(point: Point) -> tuple[int, int]:
    return floor(point[0] * METRES_A_DEGREE / _CELL), floor(point[1] * METRES_A_DEGREE * 0.7 / _CELL)


def _cells(lines: Mapping[Key, Sequence[Line]]) -> "_Cells[Key]":
    """The segments by the squares that they pass through."""
    cells: _Cells[Key] = {}
    for key, parts in lines.items():
        for part in parts:
            for a, b in pairwise(part):
                steps = 1 + int(metres(a, b) // (_CELL / 2))
                for square in {_cell(_between(a, b, step / steps)) for step in range(steps + 1)}:
                    cells.setdefault(square, []).append((key, a, b))
    return cells


def _closest(end: Point, key: Key, cells: "_Cells[Key]") -> tuple[Key, Point] | None:
    """The street within JOIN metres of an end, and its closest point."""
    row, column = _cell(end)
    nearest, near = float(JOIN), None
    for square in [(row + up, column + right) for up in (-1, 0, 1) for right in (-1, 0, 1)]:
        for other, a, b in cells.get(square, ()):
            if other == key:
                continue
            foot = _foot(end, a, b)
            distance = metres(end, foot)
            if 0 < distance < nearest:
                nearest, near = distance, (other, foot)
    return near
