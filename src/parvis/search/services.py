"""Writing of the words by which things are found."""

from collections.abc import Mapping

from django.db import connection

from parvis.lib.words import split

_INDEX = """
    INSERT INTO search_searchrow (kind, object_id, text) VALUES (%s, %s, %s)
    ON CONFLICT (kind, object_id) DO UPDATE SET text = excluded.text
"""


def index(*, kind: str, object_id: int, words: str) -> None:
    """From the caller's commit on, that object is found by these words, and by no other. One statement.

    `words` is ordinary text: it is folded here. Phone numbers go through `phone_words` first, so that their last
    digits find them too.
    """
    index_many(kind=kind, words={object_id: words})


def index_many(*, kind: str, words: Mapping[int, str]) -> None:
    """As `index`, for many objects at once: their words by their id."""
    rows = [(kind, object_id, " ".join(dict.fromkeys(split(text)))) for object_id, text in words.items()]
    with connection.cursor() as cursor:
        cursor.executemany(_INDEX, rows)


def phone_words(number: str) -> str:
    """The words by which a phone number is found: national digits, the last seven, the last four."""
    digits = "".join(char for char in number if char.isdigit())
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    return " ".join(dict.fromkeys((digits, digits[-7:], digits[-4:])))
