"""Alphabetical order that ignores accents and case, on SQLite and PostgreSQL alike."""

from django.db.models import Expression, F, Value
from django.db.models.functions import Lower, Replace

from parvis.lib.words import fold

_LETTERS = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝŸŒÆ"


def folded(field: str) -> Expression:
    """The text of a column folded as `words.fold` does it, to sort in the database (for pagination).

    SQLite lower-cases ASCII only, and PostgreSQL sorts by the collation of its installation.
    """
    result: Expression | F = Lower(field)
    for letter in _LETTERS + _LETTERS.lower():
        result = Replace(result, Value(letter), Value(fold(letter)))
    return result  # type: ignore[return-value]
