"""Writing the search index."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from django.db import connection, transaction

from parvis.apps.search.models import IndexRebuild, SearchRow, SpellingVariant
from parvis.apps.search.queries import SHARED, holds
from parvis.apps.search.rules import is_correctable, variants
from parvis.lib.database.rows import Compiled, once
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import split

FEWEST_DIGITS = 4
LINE_DIGITS = 4  # of a national number, after its area code and exchange
AT_ONCE = 1000  # objects indexed per transaction of `fill`
LONGEST_WORD = 500  # letters; PostgreSQL indexes no word longer than 2046 bytes
_INDEX = """
    INSERT INTO search_searchrow (kind, object_id, text) VALUES (%s, %s, %s)
    ON CONFLICT (kind, object_id) DO UPDATE SET text = excluded.text
"""
_NEW = "+"  # before a kind, in `IndexRebuild`: how far new objects are indexed
_followed = Compiled(lambda kind: IndexRebuild.objects.filter(kind=kind).values_list("last"))
_KNOWN = {
    "postgresql": "SELECT word FROM search_spellingvariant WHERE variant = ANY(%s) AND variant = word",
    "sqlite": "SELECT word FROM search_spellingvariant"
    " WHERE variant IN (SELECT value FROM json_each(%s)) AND variant = word",
}
# Words seen in the table within 30 seconds, not queried again. A word that another process erases and someone uses
# again meanwhile becomes correctable only at its next use.
_recently_known: TtlCache[set[str]] = TtlCache(set, seconds=30)


def index(*, kind: str, object_id: int, words: str) -> None:
    """Replaces the indexed words of an object, in the caller's transaction. Two statements, three with a new word.

    `words` is plain text, folded here. Pass phone numbers through `phone_words` or `holder_words` first, so that four
    of their digits match.
    """
    index_many(kind=kind, words={object_id: words})


def index_many(*, kind: str, words: Mapping[int, str]) -> None:
    """As `index`, for many objects: words by object id. Nobody searches by a word longer than LONGEST_WORD."""
    rows = [(kind, object_id, _indexed(text)) for object_id, text in words.items()]
    with once() as cursor:
        if len(rows) == 1:  # the usual case; `executemany` has a higher fixed cost
            cursor.execute(_INDEX, rows[0])
        else:
            cursor.executemany(_INDEX, rows)
    learn(word for _kind, _id, text in rows for word in text.split(" "))


def followed(kind: str) -> int:
    """The object up to which `index_new` has indexed the new ones; 0 at first."""
    return next(iter(_followed(_NEW + kind)), (0,))[0]


@transaction.atomic
def index_new(*, kind: str, words: Mapping[int, str], last: int) -> None:
    """As `index_many`, long after the objects were read: one that was indexed meanwhile is left as it is.

    `last` is what `followed` returns from now on.
    """
    progress = IndexRebuild(kind=_NEW + kind, last=last)
    IndexRebuild.objects.bulk_create([progress], update_conflicts=True, unique_fields=["kind"], update_fields=["last"])
    rows = [SearchRow(kind=kind, object_id=object_id, text=_indexed(text)) for object_id, text in words.items()]
    SearchRow.objects.bulk_create(rows, ignore_conflicts=True)
    texts = SearchRow.objects.filter(kind=kind, object_id__in=list(words)).values_list("text", flat=True)
    learn(word for text in texts for word in text.split(" "))


def _indexed(text: str) -> str:
    return " ".join(dict.fromkeys(word for word in split(text) if len(word) <= LONGEST_WORD))


def fill(*, kind: str, edition: int, batch: Callable[[int, int], Mapping[int, str]]) -> Iterator[int]:
    """Reindexes a kind when the `edition` of its words changed; yields the size of each batch. One query once done.

    `batch(after, most)` returns the words of the next objects, locked, by id in order. Each batch is a transaction that
    records its progress, so an interrupted run resumes there.
    """
    IndexRebuild.objects.get_or_create(kind=kind)
    while count := _fill_some(kind, edition, batch):
        yield count


@transaction.atomic
def _fill_some(kind: str, edition: int, batch: Callable[[int, int], Mapping[int, str]]) -> int:
    progress = IndexRebuild.objects.select_for_update().get(kind=kind)
    if progress.version != edition:
        progress.version, progress.last, progress.done = edition, 0, False
    if progress.done:
        return 0
    words = batch(progress.last, AT_ONCE)
    if words:
        index_many(kind=kind, words=words)
    progress.last, progress.done = max(words, default=progress.last), len(words) < AT_ONCE
    progress.save()
    return len(words)


def learn(words: Iterable[str]) -> None:
    """Adds these folded words to the spelling corrections."""
    recently_known = _recently_known()
    candidates = {word for word in words if is_correctable(word)} - recently_known
    recently_known |= (known := set(_known(candidates)) if candidates else set())
    new = sorted(candidates - known)
    SpellingVariant.objects.bulk_create(
        [SpellingVariant(variant=variant, word=word) for word in new for variant in variants(word)]
    )


def _known(words: Iterable[str]) -> list[str]:
    """The words that are already in the table, by a prepared statement."""
    parameter: list[str] | str = list(words) if connection.vendor == "postgresql" else json.dumps(list(words))
    with once() as cursor:
        cursor.execute(_KNOWN[connection.vendor], [parameter])
        return [word for (word,) in cursor.fetchall()]


def forget(words: str) -> None:
    """Removes erased words from the spelling corrections, unless another object still has them."""
    unused = [word for word in set(split(words)) if is_correctable(word) and not holds(word)]
    _recently_known.forget()
    SpellingVariant.objects.filter(word__in=unused).delete()


def phone_words(number: str) -> str:
    """The index words of a phone number: its national digits, and their endings of four digits or more."""
    digits = _national(number)
    return " ".join(digits[start:] for start in range(max(1, len(digits) - FEWEST_DIGITS + 1)))


def holder_words(number: str) -> str:
    """The index words of a number for `queries.find_number`: `phone_words` and pieces of its area code and exchange."""
    shared = _national(number)[:-LINE_DIGITS]
    pieces = [shared[start:end] for end in range(len(shared) + 1) for start in range(end - FEWEST_DIGITS + 1)]
    return " ".join([phone_words(number), *(f"{SHARED}{piece}" for piece in pieces)])


def _national(number: str) -> str:
    digits = "".join(char for char in number if char.isdigit())
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits  # noqa: PLR2004
