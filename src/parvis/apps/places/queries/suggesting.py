"""Completion of places as people say them: addresses, corners of streets, landmarks, routes, unknown numbers.

Addresses come from the database (`complete`); the rest from the map in memory (`town_map`), without any query.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.places.models import Address
from parvis.apps.places.queries.addresses import complete, exact
from parvis.apps.places.queries.finding import Numbered, numbered_streets, streets
from parvis.apps.places.queries.town_map import Box, Landmark, landmarks, town_map
from parvis.apps.places.rules.intersections import Corner, read_corner, spell_routes
from parvis.apps.places.rules.keys import ARTICLES, KINDS, plain_words
from parvis.apps.places.rules.lines import interpolated, nearest_on
from parvis.apps.places.rules.shapes import Point, metres, reach

MOST_FITS = 6  # streets considered for each side of a corner
MOST_LANDMARKS = 3
CLEAR, POSSIBLE = 0.25, 0.6  # costs of a landmark: shown before the addresses, after them
AT_THE_CORNER = 30  # metres
NEIGHBOURS = 2  # on each side of an unknown number


@dataclass(frozen=True)
class Suggestion:
    """A place to choose: its words, its point when it is known, its address when it is one, and what it is."""

    label: str
    icon: str = "map-pin"
    detail: str = ""
    address: Address | None = None
    point: Point | None = None
    _kind: str = field(default="", repr=False)


def suggest(text: str, limit: int = 8) -> list[Suggestion]:
    """At most `limit` places that match what is typed, the likeliest first, in the active language.

    As many queries as `complete`; where an unknown number has neighbours, one for them instead of that of the houses.
    """
    typed = spell_routes(text.strip())
    if (corner := read_corner(typed)) and (found := _corners(corner, limit)):
        return found
    marks = list(_landmarks(typed))
    first = [mark for cost, mark in marks if cost <= CLEAR][:MOST_LANDMARKS]
    last = [mark for cost, mark in marks if cost > CLEAR][:MOST_LANDMARKS]
    houses = [_house(address) for address in complete(typed, limit, mistyped=not first)]
    if not houses:
        houses = _unknown_number(typed)
        last = last or ([] if houses else _crossings_of(typed, limit))
    room = limit - len(first)
    return [*first, *houses[: max(0, room - len(last))], *last[:room], *houses[room - len(last) :]][:limit]


def locate(text: str) -> Point | None:
    """The point of a place written in full: an address, a corner, a landmark, a number between two known houses."""
    typed = spell_routes(text.strip())
    address = exact(typed)
    if address is not None:
        return address.point
    corner = read_corner(typed)
    if corner and corner.second:
        found = [one for one in _corners(corner, 2) if one._kind == "whole"]
        return found[0].point if len(found) == 1 else None
    marks = [mark for cost, mark in _landmarks(typed) if cost == 0]
    if len({mark.point for mark in marks}) == 1:
        return marks[0].point
    numbers = [one for one in numbered_streets(typed) if one.cost == 0]
    return interpolated(numbers[0].civic, _points(numbers[0].houses)) if len(numbers) == 1 else None


@dataclass(frozen=True)
class NearCorner:
    """The corner of two streets, in words of the active language, and its distance in metres."""

    words: str
    metres: float


def corner_at(point: Point) -> NearCorner | None:
    """The closest corner of two streets within AT_THE_CORNER metres of a point, if any. No query."""
    drawn = town_map()
    near = [
        pk
        for pk, street in drawn.streets.items()
        if _in_its_box(point, street.box) and (found := nearest_on(point, street.lines)) and found[0] <= AT_THE_CORNER
    ]
    pairs = [
        (metres(point, at), one, other)
        for rank, one in enumerate(near)
        for other in near[rank + 1 :]
        for at in drawn.corners(one, other)
    ]
    if not pairs or min(pairs)[0] > AT_THE_CORNER:
        return None
    distance, one, other = min(pairs)
    return NearCorner(corner_words(drawn.streets[one].name, drawn.streets[other].name), distance)


def corner_words(first: str, second: str) -> str:
    """The corner of two streets, in the active language; `read_corner` reads it back."""
    return _("%(first)s and %(second)s") % {"first": first, "second": second}


def _in_its_box(point: Point, box: Box) -> bool:
    west, south, east, north = box
    up, right = reach(point, AT_THE_CORNER)
    return south - up <= point[0] <= north + up and west - right <= point[1] <= east + right


def _house(address: Address, detail: str = "") -> Suggestion:
    return Suggestion(address.label, detail=detail or str(address.sector or ""), address=address, point=address.point)


def _corners(corner: Corner, limit: int) -> list[Suggestion]:
    """The crossings of the streets that fit each side; of the first side alone while the second is not typed."""
    drawn = town_map()
    firsts, seconds = _fits(corner.first), _fits(corner.second) if corner.second else {}
    found: list[tuple[float, str, Suggestion]] = []
    pairs: Iterable[tuple[int, int, Point]]
    if corner.second:
        pairs = (
            (one, other, at)
            for one, other in product(firsts, seconds)
            if one != other
            for at in drawn.corners(one, other)
        )
    else:
        pairs = ((one, other, at) for one in firsts for other, at in drawn.corners_of(one))
    for one, other, at in pairs:
        cost = firsts[one] + seconds.get(other, 0.0)
        whole = "whole" if cost == 0 and corner.second else ""
        label = corner_words(drawn.streets[one].name, drawn.streets[other].name)
        found.append((cost, label, Suggestion(label, detail=_("Corner"), point=at, _kind=whole)))
    return [suggestion for _cost, _label, suggestion in sorted(found, key=lambda one: one[:2])][:limit]


def _fits(words: str) -> dict[int, float]:
    """The streets of the map that match the words of one side of a corner, with their costs."""
    plain = plain_words(spell_routes(words))
    while plain and plain[0] in ARTICLES:
        plain = plain[1:]
    kind, rest = (plain[0], plain[1:]) if plain and plain[0] in KINDS else ("", plain)
    fits = streets().fitting(" ".join(rest), kind)
    exact_ones = {pk: 0.0 for pk in fits if streets().key(pk) == " ".join(plain)}
    costs = exact_ones or {pk: fit.cost + (1.0 if fit.mistyped else 0.0) for pk, fit in fits.items()}
    likely = sorted(costs, key=lambda pk: (costs[pk], pk))[:MOST_FITS]
    return {pk: costs[pk] for pk in likely}


def _crossings_of(typed: str, limit: int) -> list[Suggestion]:
    """The corners of a street that has no address, such as a motorway."""
    words = plain_words(typed)
    return _corners(Corner(typed, ""), limit) if words and words[0] in KINDS else []


def _landmarks(typed: str) -> Iterable[tuple[float, Suggestion]]:
    """The landmarks that match, with their costs, the likeliest first; none for a civic address."""
    words = plain_words(typed)
    if not words or words[0].isdecimal():
        return
    names, owners = landmarks().names, landmarks().owners
    plain = " ".join(words)
    fits = {pk: fit.cost for pk, fit in names.fitting(plain).items() if not fit.mistyped and fit.cost <= POSSIBLE}
    fits |= {pk: 0.0 for pk in fits if names.key(pk) == plain}
    seen: set[Landmark] = set()
    for pk in sorted(fits, key=lambda pk: (fits[pk], pk)):
        if owners[pk] not in seen:
            seen.add(owners[pk])
            yield fits[pk], _landmark(owners[pk])


def _landmark(landmark: Landmark) -> Suggestion:
    english = (get_language() or "").startswith("en")
    name = landmark.name_en if english else landmark.name_fr
    detail, icon = (_("Park"), "trees") if landmark.park else (_("Landmark"), "landmark")
    return Suggestion(name, icon=icon, detail=detail, point=landmark.point)


def _unknown_number(typed: str) -> list[Suggestion]:
    """For a number that its street does not have: the place between its neighbours, then the neighbours."""
    result: list[Suggestion] = []
    for one in numbered_streets(typed)[:1]:
        at = interpolated(one.civic, _points(one.houses))
        label = f"{one.civic}, {one.street}"
        if at:
            result.append(Suggestion(label, detail=_("Not among our addresses: about here"), point=at))
        words = _("%(civic)s is not among our addresses; neighbour") % {"civic": one.civic}
        result += [_house(address, words) for address in _neighbours(one)]
    return result


def _neighbours(one: Numbered) -> list[Address]:
    """The closest houses on each side, the same side of the street first, in the order of the numbers."""
    below = sorted((h for h in one.houses if h.civic < one.civic), key=lambda h: ((h.civic - one.civic) % 2, -h.civic))
    above = sorted((h for h in one.houses if h.civic > one.civic), key=lambda h: ((h.civic - one.civic) % 2, h.civic))
    return sorted([*below[:NEIGHBOURS], *above[:NEIGHBOURS]], key=lambda house: (house.civic, house.suffix, house.unit))


def _points(houses: Iterable[Address]) -> list[tuple[int, Point]]:
    return [(house.civic, house.point) for house in houses if house.point]
