"""Finding cases, people and contacts by any word of theirs: pages by key, the same work at any size (ADR 0026)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from django.db import connection

from parvis.apps.search.models import KINDS, Slip
from parvis.apps.search.slips import bears, one_mistake, slips
from parvis.lib.rows import once
from parvis.lib.words import number, split

MAX_WORDS = 8
CANDIDATES = 200
MOST_READINGS = 6  # words that one mistyped word may be
MOST_SLIPS = 200
KIND_LETTERS, ERA_BITS = 2, 14  # see migrations 0005 and 0006
ERAS_AT_ONCE = 16
SHARED = "x"  # before a piece of an area code and exchange: a word that a whole town may hold
Words = tuple[tuple[str, ...], ...]  # for each word looked for, what it may be
WHOLE, BEGUN = "w", "b"

_SQLITE = """
    SELECT %s AS way, r.id AS place, r.object_id, r.text
    FROM search_fts JOIN search_searchrow r ON r.id = search_fts.rowid
    WHERE search_fts MATCH %s AND search_fts.rowid < %s ORDER BY search_fts.rowid DESC LIMIT %s
"""
# The latest era of the kind first, then the one before, then two, four, eight, and sixteen at a time, until there are
# enough: a word that is rare in the latest ones is rare enough for many to be read at once. "+ 0" keeps the planner to
# the words: it would read the objects of a kind one by one.
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
    """One object found, the folded words it was indexed by, and what goes into `after` to go on from it."""

    object_id: int
    text: str
    mark: str


def words_of(text: str) -> list[str]:
    """The words by which a text is looked for: folded, each once, the first few."""
    return list(dict.fromkeys(split(text[:200])))[:MAX_WORDS]


def find(kind: str, text: str, limit: int) -> list[int]:
    """Ids of the objects of that kind that hold every word of `text`, each word being the start of one of theirs.

    Those with the most words in full come first, the most recent first among them; only the first CANDIDATES matches
    are compared, and only when some of several words are not in full. Whatever the text, it is never an error; without
    any word there is no result.
    """
    wanted = words_of(text)
    result = page(kind, in_full(text), limit=limit)
    if len(wanted) > 1 and len(result) == limit and result[-1].mark.startswith(BEGUN):
        result = page(kind, in_full(text), limit=CANDIDATES)
    return [match.object_id for match in sorted(result, key=lambda item: -_whole(wanted, item))[:limit]]


def find_number(kind: str, digits: str, limit: int) -> list[int]:
    """Ids of the objects of that kind that hold a phone number with these digits in a row: the numbers that end so
    first, then those whose area code and exchange hold them, then any; the most recent first among each.

    One statement. Half of a town holds the same area code: nothing else is read when it is all that is typed.
    """
    ending, shared = _query(((digits,),), WHOLE), _query(((f"{SHARED}{digits}",),), WHOLE)
    anywhere = _but(_query(((digits,),), BEGUN), _any([ending, shared]))
    queries = (ending, _but(shared, ending), anywhere)
    return [found for _way, _place, found, _text in _rows(kind, [(WHOLE, query, _LAST) for query in queries], limit)]


def _whole(wanted: Sequence[str], match: Match) -> int:
    return len(set(wanted).intersection(match.text.split()))


def page(kind: str, wanted: Words, after: str = "", limit: int = 50) -> list[Match]:
    """The next `limit` objects that hold one of the readings of every word: those that hold the words in full, the
    latest first, then those whose words only begin so, the latest first.

    One statement. A common word costs what a rare one does, the hundredth page what the first does. `after` is the
    `mark` of the last one seen; anything else is the beginning.
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
    firsts = [before or _LAST, *[_LAST] * (len(parts) - 1)]
    rows = _rows(kind, [(*part, first) for part, first in zip(parts, firsts, strict=True)], limit)
    return [Match(object_id, text, f"{how}{pk}") for how, pk, object_id, text in rows]


def readings(text: str, *, every: bool = False) -> Words:
    """What each word of a text may be when it was mistyped: itself when it is known, else the words known that one
    mistake makes of it. With `every`, those of words that are known too. One query; nothing when nothing differs.
    """
    wanted = words_of(text)
    able = [word for word in wanted if bears(word) or len(word) > 2 and word.isalpha()]  # noqa: PLR2004
    if not able:
        return ()
    ways = {slip: None for word in able for slip in slips(word)}
    rows = Slip.objects.filter(slip__in=list(ways)).values_list("word", flat=True).distinct()
    known = list(rows.order_by("word")[: MOST_SLIPS * len(able)])
    result = []
    for word in wanted:
        near = [item for item in known if word in able and one_mistake(word, item)]
        own = word in near or word not in able
        likely = sorted(near, key=lambda item: (item != word, item[0] != word[0], len(item) != len(word), item))
        result.append(tuple(likely[:MOST_READINGS]) if near and (every or not own) else (word,))
    return () if result == [(word,) for word in wanted] else tuple(result)


def in_full(text: str) -> Words:
    """Every word of a text, as it is."""
    return _alone(words_of(text))


def all_but_one(kind: str, text: str, limit: int) -> list[Match]:
    """Objects that hold all the words of a text save one, the latest first; none for a single word."""
    wanted = words_of(text)
    if len(wanted) < 2:  # noqa: PLR2004
        return []
    fewer = _any([_query(_alone(some), BEGUN) for some in combinations(wanted, len(wanted) - 1)])
    return [Match(object_id, text, "") for _way, _pk, object_id, text in _rows(kind, [(BEGUN, fewer, _LAST)], limit)]


def holds(word: str) -> bool:
    """Whether anything is found by that folded word in full."""
    query = _query(((word,),), WHOLE)
    return any(_rows(kind, [(WHOLE, query, _LAST)], 1) for kind in KINDS)


def _alone(wanted: Sequence[str]) -> Words:
    return tuple((word,) for word in wanted)


# --- The two languages of queries; words are letters and digits only, so quoting them is enough. @ is for the kind ---


def _query(wanted: Words, way: str) -> str:
    if connection.vendor == "postgresql":
        end = ":*" if way == BEGUN else ""
        return "&".join("(" + "|".join(f"'@{word}'{end}" for word in each) + ")" for each in wanted)
    star = "*" if way == BEGUN else ""
    return " AND ".join("(" + " OR ".join(f'"@{word}"{star}' for word in each) + ")" for each in wanted)


def _but(query: str, not_that: str) -> str:
    if connection.vendor == "postgresql":
        return f"({query})&!({not_that})"
    return f"({query}) NOT ({not_that})"


def _any(queries: Sequence[str]) -> str:
    return ("|" if connection.vendor == "postgresql" else " OR ").join(f"({query})" for query in queries)


def _rows(kind: str, parts: Sequence[tuple[str, str, int]], limit: int) -> list[tuple[str, int, int, str]]:
    """(way, place, object, text) of the latest matches of each part (way, query, before that place), part after part:
    places are the rows of the index on SQLite, the objects themselves on PostgreSQL.

    A part is not looked at when those before it gave enough.
    """
    postgresql = connection.vendor == "postgresql"
    part = _POSTGRESQL.format(most=f"{limit:d}") if postgresql else _SQLITE
    statement = " UNION ALL ".join(f"SELECT * FROM ({part}) AS part{at}" for at in range(len(parts)))
    values: list[str | int] = []
    for way, query, before in parts:
        letters = kind[:KIND_LETTERS]
        if postgresql:
            values += [way, before, kind, query.replace("@", f"{letters}@"), before]
        else:
            values += [way, query.replace("@", letters), before, limit]
    with once() as cursor:
        cursor.execute(f"{statement} LIMIT {limit:d}", values)
        return list(cursor.fetchall())
