"""Finding people and cases by any word of theirs."""

from django.db import connection

from parvis.lib.words import split

MAX_WORDS = 8
CANDIDATES = 200

_SQLITE = """
    SELECT r.object_id, r.text FROM search_fts JOIN search_searchrow r ON r.id = search_fts.rowid
    WHERE search_fts MATCH %s ORDER BY search_fts.rowid DESC LIMIT %s
"""
_POSTGRESQL = """
    SELECT object_id, text FROM search_searchrow
    WHERE lexemes @@ %s::tsquery AND kind = %s ORDER BY id DESC LIMIT %s
"""


def find(kind: str, text: str, limit: int) -> list[int]:
    """Ids of the objects of that kind that hold every word of `text`, each word being the start of one of theirs.

    Those with the most words in full come first, the most recent first among them; only the CANDIDATES most recent
    matches are compared, so that a common word costs no more than a rare one. Whatever the text, it is never an error;
    without any word there is no result.
    """
    wanted = list(dict.fromkeys(split(text[:200])))[:MAX_WORDS]
    if not wanted:
        return []
    ranked = sorted(_candidates(kind, wanted), key=lambda row: -_whole(wanted, row[1]))
    return [object_id for object_id, _text in ranked[:limit]]


def _candidates(kind: str, wanted: list[str]) -> list[tuple[int, str]]:
    """(object id, text) of the latest matches. Words are letters and digits only, so quoting them is enough."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            query = " & ".join(f"'{word}':*" for word in wanted)
            cursor.execute(_POSTGRESQL, [query, kind, CANDIDATES])
        else:
            prefixes = " AND ".join(f'text : "{word}"*' for word in wanted)
            cursor.execute(_SQLITE, [f'kind : "{kind}" AND {prefixes}', CANDIDATES])
        return list(cursor.fetchall())


def _whole(wanted: list[str], text: str) -> int:
    return len(set(wanted).intersection(text.split()))
