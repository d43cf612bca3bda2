"""Full-text search with keyset pagination, at constant cost whatever the size of the index (ADR 0026)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from django.db import connection

from parvis.apps.search.models import KINDS, SpellingVariant
from parvis.apps.search.rules import is_correctable, one_mistake, variants
from parvis.lib.database.rows import once
from parvis.lib.words import number, split

MAX_WORDS = 8
CANDIDATES = 200
MOST_READINGS = 6  # corrections of one mistyped word
MOST_SLIPS = 200
KIND_LETTERS, ERA_BITS = 2, 14  # see migrations 0005 and 0006
ERAS_AT_ONCE = 16
SHARED = "x"  # prefix of indexed pieces of an area code and exchange, which a whole town may share
Words = tuple[tuple[str, ...], ...]  # for each search word, its alternatives
WHOLE, BEGUN = "w", "b"  # match whole words, or prefixes of words

_SQLITE = """
    SELECT %s AS way, r.id AS place, r.object_id, r.text
    FROM search_fts JOIN search_searchrow r ON r.id = search_fts.rowid
    WHERE search_fts MATCH %s AND search_fts.rowid < %s ORDER BY search_fts.rowid DESC LIMIT %s
"""
# Reads the latest era of the kind, then the one before, then two, four, eight and sixteen at a time, until there are
# enough matches: a word rare in the latest eras is rare enough to read many at once. "+ 0" makes the planner use the
# index of words instead of reading the objects of a kind one by one.
_POSTGRESQL = f"""
    SELECT %s AS way, found.* FROM (
        WITH RECURSIVE span (latest, first, size) AS (
            SELECT top, top, 1 FROM (SELECT least(%s - 1, coalesce(max(object_id), 0)) >> {ERA_BITS} AS top
                FROM search_searchrow WHERE kind = %s) AS latest
            UNION ALL SELECT first - 1, greatest(first - size, 0), least(size * 2, {ERAS_AT_ONCE})
            FROM span WHERE first > 0)
        SELECT (SELECT string_agg('(' || replace(%s, '@', era::text || '/') || ')', '|')
            FROM generate_series(first, latest) AS era)::tsquery AS query FROM span
    ) AS span CROSS JOIN LATERAL (
        SELECT r.object_id AS place, r.object_id, r.text FROM search_searchrow r
        WHERE r.lexemes @@ span.query AND r.object_id + 0 < %s
        ORDER BY r.object_id + 0 DESC LIMIT {{most}}) AS found LIMIT {{most}}
"""
_LAST = 2**62


@dataclass(frozen=True)
class Match:
    """A matching object, its folded indexed words, and its pagination cursor (`after`)."""

    object_id: int
    text: str
    mark: str


def words_of(text: str) -> list[str]:
    """The search words of a text: folded, without duplicates, at most MAX_WORDS."""
    return list(dict.fromkeys(split(text[:200])))[:MAX_WORDS]


def find(kind: str, text: str, limit: int) -> list[int]:
    """Ids of the objects that match every word of `text`, as a prefix of one of theirs.

    Sorted by the number of whole words matched, then latest first; only the first CANDIDATES are compared, and only
    when some of several words match as prefixes. Accepts any text; without words there is no result.
    """
    terms = set(words_of(text))
    matches = page(kind, in_full(text), limit=limit)
    if len(terms) > 1 and len(matches) == limit and matches[-1].mark.startswith(BEGUN):
        matches = page(kind, in_full(text), limit=CANDIDATES)
    ranked = sorted(matches, key=lambda match: -len(terms.intersection(match.text.split())))
    return [match.object_id for match in ranked[:limit]]


def find_number(kind: str, digits: str, limit: int) -> list[int]:
    """Ids of the objects with a phone number that contains these digits, in one statement.

    Numbers that end with them come first, then those with them in the area code and exchange, then any; latest first.
    Half of a town shares an area code: when it is all that is typed, nothing else is read.
    """
    ending, shared = _query(((digits,),), WHOLE), _query(((f"{SHARED}{digits}",),), WHOLE)
    anywhere = _but(_query(((digits,),), BEGUN), _any([ending, shared]))
    queries = (ending, _but(shared, ending), anywhere)
    return [row[2] for row in _rows(kind, [(WHOLE, query, _LAST) for query in queries], limit)]


def page(kind: str, wanted: Words, after: str = "", limit: int = 50) -> list[Match]:
    """The next `limit` objects that match one alternative of every word: by whole words, then by prefixes.

    Latest first in both. One statement; the cost depends neither on the words' frequency nor on the page. `after` is
    the `mark` of the last match seen; anything else starts from the beginning.
    """
    if not wanted:
        return []
    way, before = after[:1], number(after[1:])
    whole = _query(wanted, WHOLE)
    parts = [(WHOLE, whole), (BEGUN, _but(_query(wanted, BEGUN), whole))]
    if way == BEGUN and before is not None:
        parts = parts[1:]
    elif way != WHOLE or before is None:
        before = None
    starts = [before or _LAST, *[_LAST] * (len(parts) - 1)]
    rows = _rows(kind, [(*part, start) for part, start in zip(parts, starts, strict=True)], limit)
    return [Match(object_id, text, f"{row_way}{place}") for row_way, place, object_id, text in rows]


def spelling_corrections(text: str, *, every: bool = False) -> Words:
    """Spelling corrections of each word of a text: itself when known, else the known words one mistake away.

    With `every`, corrections of known words too. One query; empty when nothing differs.
    """
    terms = words_of(text)
    correctable = [term for term in terms if is_correctable(term) or len(term) > 2 and term.isalpha()]  # noqa: PLR2004
    if not correctable:
        return ()
    ways = {variant: None for term in correctable for variant in variants(term)}
    rows = SpellingVariant.objects.filter(variant__in=list(ways)).values_list("word", flat=True).distinct()
    known = list(rows.order_by("word")[: MOST_SLIPS * len(correctable)])
    result = []
    for term in terms:
        near = [word for word in known if term in correctable and one_mistake(term, word)]
        correct = term in near or term not in correctable
        ranked = sorted(near, key=lambda word: (word != term, word[0] != term[0], len(word) != len(term), word))
        result.append(tuple(ranked[:MOST_READINGS]) if near and (every or not correct) else (term,))
    return () if result == [(term,) for term in terms] else tuple(result)


def in_full(text: str) -> Words:
    """The words of a text, without alternatives."""
    return _without_alternatives(words_of(text))


def all_but_one(kind: str, text: str, limit: int) -> list[Match]:
    """Objects that match all words of a text but one, latest first; none for a single word."""
    terms = words_of(text)
    if len(terms) < 2:  # noqa: PLR2004
        return []
    queries = [_query(_without_alternatives(some), BEGUN) for some in combinations(terms, len(terms) - 1)]
    rows = _rows(kind, [(BEGUN, _any(queries), _LAST)], limit)
    return [Match(object_id, text, "") for _way, _place, object_id, text in rows]


def holds(word: str) -> bool:
    """Whether any object is indexed by this whole folded word."""
    query = _query(((word,),), WHOLE)
    return any(_rows(kind, [(WHOLE, query, _LAST)], 1) for kind in KINDS)


def _without_alternatives(terms: Sequence[str]) -> Words:
    return tuple((term,) for term in terms)


# --- The two query syntaxes. Words are only letters and digits, so quoting is safe; @ stands for the kind -----------


def _query(wanted: Words, way: str) -> str:
    if connection.vendor == "postgresql":
        end = ":*" if way == BEGUN else ""
        return "&".join("(" + "|".join(f"'@{word}'{end}" for word in options) + ")" for options in wanted)
    star = "*" if way == BEGUN else ""
    return " AND ".join("(" + " OR ".join(f'"@{word}"{star}' for word in options) + ")" for options in wanted)


def _but(query: str, excluded: str) -> str:
    return f"({query})&!({excluded})" if connection.vendor == "postgresql" else f"({query}) NOT ({excluded})"


def _any(queries: Sequence[str]) -> str:
    return ("|" if connection.vendor == "postgresql" else " OR ").join(f"({query})" for query in queries)


def _rows(kind: str, parts: Sequence[tuple[str, str, int]], limit: int) -> list[tuple[str, int, int, str]]:
    """(way, place, object id, text) of the latest matches of each (way, query, place to start before), in order.

    Places are index rows on SQLite, object ids on PostgreSQL. A part is not read when those before it gave enough.
    """
    postgresql = connection.vendor == "postgresql"
    part = _POSTGRESQL.format(most=f"{limit:d}") if postgresql else _SQLITE
    statement = " UNION ALL ".join(f"SELECT * FROM ({part}) AS part{n}" for n in range(len(parts)))
    values: list[str | int] = []
    letters = kind[:KIND_LETTERS]
    for way, query, before in parts:
        if postgresql:
            values += [way, before, kind, query.replace("@", f"{letters}@"), before]
        else:
            values += [way, query.replace("@", letters), before, limit]
    with once() as cursor:
        cursor.execute(f"{statement} LIMIT {limit:d}", values)
        return list(cursor.fetchall())
