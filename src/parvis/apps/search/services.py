"""Writing of the words by which things are found."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from django.db import connection, transaction

from parvis.apps.search.models import IndexRebuild, Slip
from parvis.apps.search.queries import SHARED, holds
from parvis.apps.search.slips import bears, slips
from parvis.lib.rows import once
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import split

FEWEST_DIGITS = 4
LINE_DIGITS = 4  # those of a national number after its area code and exchange
AT_ONCE = 1000  # objects indexed in one transaction of `fill`
_INDEX = """
    INSERT INTO search_searchrow (kind, object_id, text) VALUES (%s, %s, %s)
    ON CONFLICT (kind, object_id) DO UPDATE SET text = excluded.text
"""
_KNOWN = {
    "postgresql": "SELECT word FROM search_slip WHERE slip = ANY(%s) AND slip = word",
    "sqlite": "SELECT word FROM search_slip WHERE slip IN (SELECT value FROM json_each(%s)) AND slip = word",
}
# The words seen to be kept in this half-minute: nobody asks again. One that another process erases, and that is said
# again meanwhile, is proposed from the next time that somebody says it.
_lately: TtlCache[set[str]] = TtlCache(set, seconds=30)


def index(*, kind: str, object_id: int, words: str) -> None:
    """From the caller's commit on, that object is found by these words, and by no other. Two statements, and a third
    when a word was never written before.

    `words` is ordinary text: it is folded here. Phone numbers go through `phone_words` or `holder_words` first, so that
    any four of their digits find them.
    """
    index_many(kind=kind, words={object_id: words})


def index_many(*, kind: str, words: Mapping[int, str]) -> None:
    """As `index`, for many objects at once: their words by their id."""
    rows = [(kind, object_id, " ".join(dict.fromkeys(split(text)))) for object_id, text in words.items()]
    with once() as cursor:
        if len(rows) == 1:  # nearly always; many at once are sent in another way, which costs more to begin
            cursor.execute(_INDEX, rows[0])
        else:
            cursor.executemany(_INDEX, rows)
    learn(word for _kind, _id, text in rows for word in text.split(" "))


def fill(*, kind: str, edition: int, batch: Callable[[int, int], Mapping[int, str]]) -> Iterator[int]:
    """Indexes what stood before the words of a kind were what they are now, which `edition` names; yields how many, a
    batch at a time. Once it is done, it is one query.

    `batch(after, most)` gives the words of the next objects by their id, in order, locked. Each batch is a transaction
    that keeps how far it went: stopped at any moment, it goes on from there.
    """
    IndexRebuild.objects.get_or_create(kind=kind)
    while count := _fill_some(kind, edition, batch):
        yield count


@transaction.atomic
def _fill_some(kind: str, edition: int, batch: Callable[[int, int], Mapping[int, str]]) -> int:
    mark = IndexRebuild.objects.select_for_update().get(kind=kind)
    if mark.version != edition:
        mark.version, mark.last, mark.done = edition, 0, False
    if mark.done:
        return 0
    words = batch(mark.last, AT_ONCE)
    if words:
        index_many(kind=kind, words=words)
    mark.last, mark.done = max(words, default=mark.last), len(words) < AT_ONCE
    mark.save()
    return len(words)


def learn(words: Iterable[str]) -> None:
    """These folded words are found from now on when they are mistyped."""
    lately = _lately()
    wanted = {word for word in words if bears(word)} - lately
    lately |= (known := set(_known(wanted)) if wanted else set())
    new = sorted(wanted - known)
    Slip.objects.bulk_create([Slip(slip=slip, word=word) for word in new for slip in slips(word)])


def _known(words: Iterable[str]) -> list[str]:
    """Those of these words that are kept already, by a statement written once."""
    wanted: list[str] | str = list(words) if connection.vendor == "postgresql" else json.dumps(list(words))
    with once() as cursor:
        cursor.execute(_KNOWN[connection.vendor], [wanted])
        return [word for (word,) in cursor.fetchall()]


def forget(words: str) -> None:
    """Words that were erased are no longer proposed to anybody, once nothing holds them any more."""
    gone = [word for word in set(split(words)) if bears(word) and not holds(word)]
    _lately.forget()
    Slip.objects.filter(word__in=gone).delete()


def phone_words(number: str) -> str:
    """The words by which a phone number is found: its national digits, and all their endings of four or more."""
    digits = _national(number)
    return " ".join(digits[at:] for at in range(max(1, len(digits) - FEWEST_DIGITS + 1)))


def holder_words(number: str) -> str:
    """The words by which whoever holds a number is found (`queries.find_number`): those of the number, and the pieces
    of its area code and exchange.
    """
    shared = _national(number)[:-LINE_DIGITS]
    pieces = [shared[at:end] for end in range(len(shared) + 1) for at in range(end - FEWEST_DIGITS + 1)]
    return " ".join([phone_words(number), *(f"{SHARED}{piece}" for piece in pieces)])


def _national(number: str) -> str:
    digits = "".join(char for char in number if char.isdigit())
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits  # noqa: PLR2004
