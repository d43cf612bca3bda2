"""Address autocompletion: matching streets are found in memory, then their houses by one SQL statement.

The statement costs the same at any size of town: a few index ranges, each with a limit (ADR 0015).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q

from parvis.apps.directory.queries import town
from parvis.apps.places.models import Address, Street
from parvis.apps.places.rules.keys import KINDS, Typed, is_civic, name_key, plain_words, readings
from parvis.apps.places.rules.names import Fit, StreetNames
from parvis.lib.errors import NotFound
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import split

FRESH_SECONDS = 0.5
LONGEST = 120  # typed characters taken into account
LONGEST_TEXT = 2000  # characters of a message searched for a street
MOST_READINGS, MOST_STREETS, MOST_BEGUN, MOST_HOUSES = 5, 300, 8, 400
OTHER_READING, BEGUN_FIRST, BEGUN_LAST, OTHER_SUFFIX, OTHER_UNIT, OTHER_POSTAL = 0.05, 0.6, 0.3, 0.7, 0.2, 0.3
LARGEST = 999_999
HOUSES_AROUND = 8  # on each side of an unknown number
LONGEST_STREET, BARE_DIGITS = 12, 3  # words of a street; digits of a civic number after which its type may be omitted
_BEYOND = frozenset({"qc", "quebec", "canada"})
_LEADING = frozenset({"a", "at", "au", "chez", "d", "de", "du", "en", "for", "from", "in", "le", "of", "on", "pour"})
_POSTAL_HALF = re.compile(r"[a-z]\d[a-z]|\d[a-z]\d")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Hit:
    """A matching address, and its sort key by increasing cost. `whole`: the text matches this address exactly."""

    pk: int
    street: int
    order: tuple[Any, ...]
    mistyped: bool
    whole: bool


@dataclass(frozen=True)
class Numbered:
    """A number typed before a street, the full name of that street, and its houses around the number.

    `cost` is 0 when every word of the street was typed.
    """

    civic: int
    street: str
    cost: float
    houses: list[Address]


class _Streets(TtlCache[StreetNames]):
    """Cached street names, reloaded when streets were added or removed; checked at most every half second."""

    def __init__(self) -> None:
        super().__init__(self._current, FRESH_SECONDS)
        self._loaded: tuple[object, StreetNames] | None = None

    def _current(self) -> StreetNames:
        revision = Street.objects.aggregate(count=Count("pk"), last=Max("pk"))
        if self._loaded is None or self._loaded[0] != revision:
            self._loaded = revision, StreetNames(Street.objects.order_by("pk").values_list("pk", "name"))
        return self._loaded[1]

    def forget(self) -> None:
        """Makes the next call read the database."""
        super().forget()
        self._loaded = None


streets = _Streets()


@dataclass(frozen=True)
class _Search:
    """One interpretation of the typed text, with the matching streets, the likeliest first."""

    typed: Typed
    civic: int | None
    suffix: str
    number_last: bool  # the number follows the street, so it may be incomplete
    cost: float
    fits: Mapping[int, Fit]


def find(text: str, limit: int) -> list[Hit]:
    """The addresses that match the typed text, the likeliest first; one query, two more when streets changed."""
    names = streets()
    searches = list(_searches(text, names))
    parts = [part for rank, search in enumerate(searches) for part in _parts(rank, search, limit)]
    if not parts:
        return []
    statement = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS part{at}" for at, (sql, _) in enumerate(parts))
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for _, values in parts for value in values])
        rows = cursor.fetchall()
    hits: dict[int, Hit] = {}
    for rank, *row in rows:
        hit = _hit(searches[rank], tuple(row), names)
        if hit.pk not in hits or (not hit.whole, hit.order) < (not hits[hit.pk].whole, hits[hit.pk].order):
            hits[hit.pk] = hit
    return _best(hits.values(), limit, any(search.civic is None for search in searches))


def numbered_streets(text: str) -> list[Numbered]:
    """The likeliest street of a typed number, with its closest houses on each side; at most one, none when mistyped.

    One query.
    """
    for search in _searches(text, streets()):
        likely = next(iter(search.fits.items()), None)
        if search.civic is None or search.suffix or likely is None or likely[1].mistyped:
            continue
        on_street = Address.objects.filter(street=likely[0])
        below = on_street.filter(civic__lte=search.civic).order_by("-civic")[:HOUSES_AROUND]
        above = on_street.filter(civic__gte=search.civic).order_by("civic")[:HOUSES_AROUND]
        around = Q(pk__in=below.values("pk")) | Q(pk__in=above.values("pk"))
        houses = list(Address.objects.filter(around).select_related("street", "sector").order_by("civic", "suffix"))
        if houses:
            return [Numbered(search.civic, houses[0].street.name, search.cost + likely[1].cost, houses)]
    return []


def names_no_street(text: str) -> bool:
    """Whether the text reads as a civic address ("12 rue Inconnue") whose street does not exist, even mistyped.

    Always false for landmarks and street corners, and when the town's streets are unknown.
    """
    names = streets()
    ways = readings(text[:LONGEST])[:MOST_READINGS]
    if not len(names) or not any(way.civic and way.kind and way.street for way in ways):
        return False
    return not any(names.begins(way.street) for way in ways) and not any(s.fits for s in _searches(text, names))


def without_addresses(text: str) -> str:
    """Removes the town's civic addresses from a text, with the prepositions before them: "la collecte au 12, rue du
    Quai?" gives "la collecte?". An address is a number followed by the whole name of a street of the town. No query
    when no number precedes a word.
    """
    matches = [(plain[0], word) for word in _WORD.finditer(text) if (plain := plain_words(word[0]))]
    words = [plain for plain, _ in matches]
    if not any(map(is_civic, words[:-1])):
        return text
    names = streets()
    result, end, at = "", 0, 0
    while at < len(words):
        following = words[at + 1 : at + 1 + LONGEST_STREET] if is_civic(words[at]) else []
        size = names.match_length(following, bare=len(words[at]) >= BARE_DIGITS)
        if not size:
            at += 1
            continue
        first, last = _extended(words, at, at + size)
        result += text[end : max(end, matches[first][1].start())].rstrip()
        end, at = matches[last][1].end(), last + 1
    return result + text[end:]


def street_in(text: str) -> str:
    """The street of the town that a text names in full, with its kind of road and any civic number before it, as it was
    written: "un trou devant le 12, rue du Quai hier" gives "12, rue du Quai". Empty when it names none, or several.
    """
    matches = [(plain[0], word) for word in _WORD.finditer(text[:LONGEST_TEXT]) if (plain := plain_words(word[0]))]
    words, names = [plain for plain, _ in matches], streets()
    found, at = list[str](), 0
    while at < len(words):
        size = names.match_length(words[at : at + LONGEST_STREET], bare=False)
        if not size:
            at += 1
            continue
        first = at - 1 if at and is_civic(words[at - 1]) else at
        found.append(text[matches[first][1].start() : matches[at + size - 1][1].end()])
        at += size
    return found[0] if len({tuple(split(street)) for street in found}) == 1 else ""


def streets_meant(text: str) -> list[Street]:
    """The streets that a name means, with its kind of road or without ("bellevue" for "chemin Bellevue"), begun or
    whole, as typed without a mistake; several when they fit alike. Empty when none does, or too many. Three queries.
    """
    if exact := list(Street.objects.filter(key=name_key(text)).order_by("pk")[:1]):
        return exact
    fits = {
        pk: fit.cost
        for search in _searches(text, streets())
        if search.typed.street
        for pk, fit in search.fits.items()
        if not fit.mistyped
    }
    likely = [pk for pk, cost in fits.items() if cost == min(fits.values())]
    if len(likely) > MOST_BEGUN:
        return []
    return list(Street.objects.filter(pk__in=likely).order_by("name")) if likely else []


def _extended(words: Sequence[str], first: int, last: int) -> tuple[int, int]:
    """Extends an address from `first` to `last` to the prepositions before it, the town and postal code after it."""
    while first and words[first - 1] in _LEADING:
        first -= 1
    while last + 1 < len(words) and (words[last + 1] in _beyond() or _POSTAL_HALF.fullmatch(words[last + 1])):
        last += 1
    return first, last


def _best(items: Iterable[Hit], limit: int, by_street: bool) -> list[Hit]:
    """The `limit` best hits: mistyped ones only when there are no others; `by_street` shares places among streets."""
    hits = sorted(items, key=lambda hit: hit.order)
    hits = [hit for hit in hits if not hit.mistyped] or hits
    if by_street:
        share, counts = ceil(limit / max(1, len({hit.street for hit in hits}))), Counter[int]()
        first: list[Hit] = []
        rest: list[Hit] = []
        for hit in hits:
            counts[hit.street] += 1
            (first if counts[hit.street] <= share else rest).append(hit)
        hits = sorted((first + rest)[:limit], key=lambda hit: hit.order)
    return hits[:limit]


def _searches(text: str, names: StreetNames) -> Iterable[_Search]:
    """The interpretations that may match something."""
    for rank, typed in enumerate(readings(text[:LONGEST])[:MOST_READINGS]):
        digits = typed.civic.rstrip("abcdefghijklmnopqrstuvwxyz")
        civic, suffix = (int(digits), typed.civic[len(digits) :].upper()) if digits else (None, "")
        kind = typed.kind if typed.kind in KINDS else ""
        fits: dict[int, Fit] = {}
        if typed.street or typed.kind:
            fits = names.fitting(typed.street, kind)
            if not fits and (shorter := _without_town(typed.street)):
                fits = names.fitting(shorter, kind)
            if not fits:
                continue
            likely = sorted(fits, key=lambda pk: (fits[pk].mistyped, fits[pk].cost, names.key(pk), pk))
            fits = {pk: fits[pk] for pk in likely[:MOST_STREETS]}
        number_last = bool(digits) and not text.lstrip().startswith(digits)
        yield _Search(typed, civic, suffix, number_last, rank * OTHER_READING, fits)


def _without_town(street: str) -> str:
    """The street without a trailing town name; empty when there is none."""
    beyond, words = _beyond(), street.split()
    while words and words[-1] in beyond:
        words.pop()
    return " ".join(words) if len(words) < len(street.split()) else ""


def _beyond() -> frozenset[str]:
    """Words that may follow a street: those of the town's name, the province, the country."""
    try:
        return _BEYOND.union(split(town().name_fr))
    except NotFound:
        return _BEYOND


def _parts(rank: int, search: _Search, limit: int) -> Iterable[tuple[str, list[Any]]]:
    """The parts of the SQL statement for one interpretation: (SQL with its limit, its values)."""
    unit = search.typed.unit
    if not search.fits:
        yield from _parts_without_street(rank, search, limit)
        return
    if search.civic is None:
        for pk in list(search.fits)[: max(limit, MOST_BEGUN)]:
            yield _part(rank, "street_id = %s", [pk], unit, limit)
        return
    slots = ", ".join(["%s"] * len(search.fits))
    yield _part(rank, f"civic = %s AND street_id IN ({slots})", [search.civic, *search.fits], unit, MOST_HOUSES)
    begun = [] if unit or search.suffix else _begun(search.civic)
    if begun:
        ranges = " OR ".join(["civic BETWEEN %s AND %s"] * len(begun))
        bounds = [bound for pair in begun for bound in pair]
        for pk in list(search.fits)[:MOST_BEGUN]:
            yield _part(rank, f"street_id = %s AND ({ranges})", [pk, *bounds], "", limit)


def _parts_without_street(rank: int, search: _Search, limit: int) -> Iterable[tuple[str, list[Any]]]:
    postal, unit = search.typed.postal, search.typed.unit
    if postal:
        # A range on SQLite, LIKE on PostgreSQL: each uses its index.
        where = "postal >= %s AND postal < %s"
        values: list[Any] = [postal, postal + "\U0010ffff"]
        if connection.vendor == "postgresql":
            where, values = "postal LIKE %s", [postal + "%"]
        if search.civic is not None:
            where, values = f"{where} AND civic = %s", [*values, search.civic]
        yield _part(rank, where, values, unit, limit)
    elif search.civic is not None:
        yield _part(rank, "civic = %s", [search.civic], unit, limit)
        for first, last in _begun(search.civic):
            yield _part(rank, "civic BETWEEN %s AND %s", [first, last], unit, limit)


def _part(rank: int, where: str, values: list[Any], unit: str, most: int) -> tuple[str, list[Any]]:
    """Selects houses ordered by number, those whose unit begins as typed first; sorts alike on both databases."""
    collation = ' COLLATE "C"' if connection.vendor == "postgresql" else ""
    order = f"civic, suffix{collation}, length(unit), unit{collation}, street_id"
    last: list[Any] = []
    if unit:
        order, last = f"CASE WHEN lower(unit) LIKE %s THEN 0 ELSE 1 END, {order}", [f"{unit}%"]
    table = Address._meta.db_table
    columns = f"{rank} AS reading, id, street_id, civic, suffix, unit, postal"
    return f"SELECT {columns} FROM {table} WHERE {where} ORDER BY {order} LIMIT {most}", [*values, *last]


def _begun(civic: int) -> list[tuple[int, int]]:
    """Ranges of the longer numbers that begin with these digits."""
    begun, first, last = [], civic * 10, civic * 10 + 9
    while civic and first <= LARGEST:
        begun.append((first, last))
        first, last = first * 10, last * 10 + 9
    return begun


def _hit(search: _Search, row: tuple[Any, ...], names: StreetNames) -> Hit:
    pk, street, civic, suffix, unit, postal = row
    fit, typed = search.fits.get(street, Fit(0.0)), search.typed
    own_unit = " ".join(split(unit))
    cost = fit.cost
    if search.civic is not None and civic != search.civic:
        cost += BEGUN_LAST if search.number_last else BEGUN_FIRST
    if search.civic is not None and suffix != search.suffix:
        cost += OTHER_SUFFIX if search.suffix else OTHER_UNIT
    if own_unit != typed.unit:
        cost += OTHER_UNIT * (2 if typed.unit and not own_unit.startswith(typed.unit) else 1)
    whole = cost == 0 and search.civic is not None and street in search.fits
    if typed.postal and search.fits and postal and postal != typed.postal:
        cost += OTHER_POSTAL
    order = (round(search.cost + cost, 3), names.key(street), civic, suffix, len(unit), unit, pk)
    return Hit(pk, street, order, fit.mistyped, whole)
