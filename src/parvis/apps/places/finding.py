"""Completion of an address: the streets that fit are found in memory, then their houses by one statement.

The statement is the same work at any size of town: a few ranges of an index, each with its limit (ADR 0015).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.db import connection
from django.db.models import Count, Max

from parvis.apps.directory.queries import town
from parvis.apps.places.keys import KINDS, Typed, is_civic, plain_words, readings
from parvis.apps.places.models import Address, Street
from parvis.apps.places.names import Fit, StreetNames
from parvis.lib.errors import NotFound
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import split

FRESH_SECONDS = 0.5
LONGEST = 120  # characters of what was typed that are read
MOST_READINGS, MOST_STREETS, MOST_BEGUN, MOST_HOUSES = 5, 300, 8, 400
OTHER_READING, BEGUN_FIRST, BEGUN_LAST, OTHER_SUFFIX, OTHER_UNIT, OTHER_POSTAL = 0.05, 0.6, 0.3, 0.7, 0.2, 0.3
LARGEST = 999_999
LONGEST_STREET, TOLD_BARE = 12, 3  # words of a street; digits of a number that needs no kind of road after it
_BEYOND = frozenset({"qc", "quebec", "canada"})
_LEADING = frozenset({"a", "at", "au", "chez", "d", "de", "du", "en", "for", "from", "in", "le", "of", "on", "pour"})
_POSTAL_HALF = re.compile(r"[a-z]\d[a-z]|\d[a-z]\d")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Hit:
    """An address that was found, and what it owes: 0 when all was typed as it is. `whole`: nothing else is meant."""

    pk: int
    street: int
    order: tuple[Any, ...]
    mistyped: bool
    whole: bool


class _Streets(TtlCache[StreetNames]):
    """The names of the streets, read again when a street was added or taken away; asked at most every half second."""

    def __init__(self) -> None:
        super().__init__(self._current, FRESH_SECONDS)
        self._standing: tuple[object, StreetNames] | None = None

    def _current(self) -> StreetNames:
        revision = Street.objects.aggregate(count=Count("pk"), last=Max("pk"))
        if self._standing is None or self._standing[0] != revision:
            self._standing = revision, StreetNames(Street.objects.order_by("pk").values_list("pk", "name"))
        return self._standing[1]

    def forget(self) -> None:
        """The next call reads the database."""
        super().forget()
        self._standing = None


streets = _Streets()


@dataclass(frozen=True)
class _Asked:
    """One way of reading what was typed, with the streets that fit it, the likeliest first."""

    way: Typed
    civic: int | None
    suffix: str
    last: bool  # the number came after the street: it may be just begun
    owed: float
    fits: Mapping[int, Fit]


def find(text: str, limit: int) -> list[Hit]:
    """The addresses that what was typed may be, the likeliest first; one statement, two more when streets changed."""
    names = streets()
    asked = list(_asked(text, names))
    parts = [part for rank, one in enumerate(asked) for part in _parts(rank, one, limit)]
    if not parts:
        return []
    statement = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS part{at}" for at, (sql, _) in enumerate(parts))
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for _, values in parts for value in values])
        rows = cursor.fetchall()
    result: dict[int, Hit] = {}
    for rank, *row in rows:
        hit = _hit(asked[rank], tuple(row), names)
        if hit.pk not in result or (not hit.whole, hit.order) < (not result[hit.pk].whole, result[hit.pk].order):
            result[hit.pk] = hit
    return _shared(result.values(), limit, any(item.civic is None for item in asked))


def names_no_street(text: str) -> bool:
    """Whether this reads as a civic address ("12 rue Inconnue") whose street is none of the town's, even mistyped.

    Never of a landmark or a corner, nor in a town whose streets are not known here.
    """
    names = streets()
    ways = readings(text[:LONGEST])[:MOST_READINGS]
    if not len(names) or not any(way.civic and way.kind and way.street for way in ways):
        return False
    return not any(names.begins(way.street) for way in ways) and not any(asked.fits for asked in _asked(text, names))


def without_addresses(text: str) -> str:
    """The text without the civic addresses of the town that it says, nor the small words that lead to each: "la
    collecte au 12, rue du Quai?" gives "la collecte?". An address is a number, then a street of the town by its whole
    name. The text itself when it says none. No query when no number stands before a word.
    """
    result = [(plain[0], word) for word in _WORD.finditer(text) if (plain := plain_words(word[0]))]
    said = [plain for plain, _ in result]
    if not any(map(is_civic, said[:-1])):
        return text
    names = streets()
    left, kept, at = "", 0, 0
    while at < len(said):
        following = said[at + 1 : at + 1 + LONGEST_STREET] if is_civic(said[at]) else []
        size = names.said_at(following, bare=len(said[at]) >= TOLD_BARE)
        if not size:
            at += 1
            continue
        first, last = _around(said, at, at + size)
        left += text[kept : max(kept, result[first][1].start())].rstrip()
        kept, at = result[last][1].end(), last + 1
    return left + text[kept:]


def _around(said: Sequence[str], first: int, last: int) -> tuple[int, int]:
    """The words that go with an address which stands from `first` to `last`: those that lead to it, its postal code."""
    while first and said[first - 1] in _LEADING:
        first -= 1
    while last + 1 < len(said) and (said[last + 1] in _beyond() or _POSTAL_HALF.fullmatch(said[last + 1])):
        last += 1
    return first, last


def _shared(items: Iterable[Hit], limit: int, by_street: bool) -> list[Hit]:
    """The first `limit`: none that fits only by a mistake when others fit without; several streets share the places."""
    hits = sorted(items, key=lambda hit: hit.order)
    hits = [hit for hit in hits if not hit.mistyped] or hits
    if by_street:
        fair, taken = ceil(limit / max(1, len({hit.street for hit in hits}))), Counter[int]()
        first: list[Hit] = []
        rest: list[Hit] = []
        for hit in hits:
            taken[hit.street] += 1
            (first if taken[hit.street] <= fair else rest).append(hit)
        hits = sorted((first + rest)[:limit], key=lambda hit: hit.order)
    return hits[:limit]


def _asked(text: str, names: StreetNames) -> Iterable[_Asked]:
    """The ways that lead somewhere."""
    for rank, way in enumerate(readings(text[:LONGEST])[:MOST_READINGS]):
        digits = way.civic.rstrip("abcdefghijklmnopqrstuvwxyz")
        civic, suffix = (int(digits), way.civic[len(digits) :].upper()) if digits else (None, "")
        kind = way.kind if way.kind in KINDS else ""
        fits: dict[int, Fit] = {}
        if way.street or way.kind:
            fits = names.fitting(way.street, kind)
            if not fits and (shorter := _without_town(way.street)):
                fits = names.fitting(shorter, kind)
            if not fits:
                continue
            likely = sorted(fits, key=lambda pk: (fits[pk].mistyped, fits[pk].cost, names.key(pk), pk))
            fits = {pk: fits[pk] for pk in likely[:MOST_STREETS]}
        last = bool(digits) and not text.lstrip().startswith(digits)
        yield _Asked(way, civic, suffix, last, rank * OTHER_READING, fits)


def _without_town(street: str) -> str:
    """The words without the town's name at their end; empty when there is none to leave out."""
    beyond, words = _beyond(), street.split()
    while words and words[-1] in beyond:
        words.pop()
    return " ".join(words) if len(words) < len(street.split()) else ""


def _beyond() -> frozenset[str]:
    """The words that may follow a street: those of the town's name, its province, its country."""
    try:
        return _BEYOND.union(split(town().name_fr))
    except NotFound:
        return _BEYOND


def _parts(rank: int, asked: _Asked, limit: int) -> Iterable[tuple[str, list[Any]]]:
    """What to ask the database for one reading: (SQL with its limit, its values)."""
    unit = asked.way.unit
    if not asked.fits:
        yield from _parts_without_street(rank, asked, limit)
        return
    if asked.civic is None:
        for pk in list(asked.fits)[: max(limit, MOST_BEGUN)]:
            yield _part(rank, "street_id = %s", [pk], unit, limit)
        return
    places = ", ".join(["%s"] * len(asked.fits))
    yield _part(rank, f"civic = %s AND street_id IN ({places})", [asked.civic, *asked.fits], unit, MOST_HOUSES)
    begun = [] if unit or asked.suffix else _begun(asked.civic)
    if begun:
        ranges = " OR ".join(["civic BETWEEN %s AND %s"] * len(begun))
        bounds = [bound for pair in begun for bound in pair]
        for pk in list(asked.fits)[:MOST_BEGUN]:
            yield _part(rank, f"street_id = %s AND ({ranges})", [pk, *bounds], "", limit)


def _parts_without_street(rank: int, asked: _Asked, limit: int) -> Iterable[tuple[str, list[Any]]]:
    if asked.way.postal:
        # A range on SQLite, LIKE on PostgreSQL: what each answers from its index.
        values: list[Any] = [asked.way.postal, asked.way.postal + "\U0010ffff"]
        where = "postal >= %s AND postal < %s"
        if connection.vendor == "postgresql":
            where, values = "postal LIKE %s", [asked.way.postal + "%"]
        if asked.civic is not None:
            where, values = f"{where} AND civic = %s", [*values, asked.civic]
        yield _part(rank, where, values, asked.way.unit, limit)
    elif asked.civic is not None:
        yield _part(rank, "civic = %s", [asked.civic], asked.way.unit, limit)
        for first, last in _begun(asked.civic):
            yield _part(rank, "civic BETWEEN %s AND %s", [first, last], asked.way.unit, limit)


def _part(rank: int, where: str, values: list[Any], unit: str, most: int) -> tuple[str, list[Any]]:
    """Houses in the order of their numbers, those whose unit begins as typed first; the same on both databases."""
    bytes_ = ' COLLATE "C"' if connection.vendor == "postgresql" else ""
    order = f"civic, suffix{bytes_}, length(unit), unit{bytes_}, street_id"
    last: list[Any] = []
    if unit:
        order, last = f"CASE WHEN lower(unit) LIKE %s THEN 0 ELSE 1 END, {order}", [f"{unit}%"]
    table = Address._meta.db_table
    columns = f"{rank} AS reading, id, street_id, civic, suffix, unit, postal"
    return f"SELECT {columns} FROM {table} WHERE {where} ORDER BY {order} LIMIT {most}", [*values, *last]


def _begun(civic: int) -> list[tuple[int, int]]:
    """The longer numbers that begin with these digits, as ranges."""
    begun, first, last = [], civic * 10, civic * 10 + 9
    while civic and first <= LARGEST:
        begun.append((first, last))
        first, last = first * 10, last * 10 + 9
    return begun


def _hit(asked: _Asked, row: tuple[Any, ...], names: StreetNames) -> Hit:
    pk, street, civic, suffix, unit, postal = row
    fit, cost, way = asked.fits.get(street, Fit(0.0)), asked.owed, asked.way
    own_unit = " ".join(split(unit))
    owes = fit.cost
    if asked.civic is not None and civic != asked.civic:
        owes += BEGUN_LAST if asked.last else BEGUN_FIRST
    if asked.civic is not None and suffix != asked.suffix:
        owes += OTHER_SUFFIX if asked.suffix else OTHER_UNIT
    if own_unit != way.unit:
        owes += OTHER_UNIT * (2 if way.unit and not own_unit.startswith(way.unit) else 1)
    whole = owes == 0 and asked.civic is not None and street in asked.fits
    if way.postal and asked.fits and postal and postal != way.postal:
        cost += OTHER_POSTAL
    order = (round(cost + owes, 3), names.key(street), civic, suffix, len(unit), unit, pk)
    return Hit(pk, street, order, fit.mistyped, whole)
