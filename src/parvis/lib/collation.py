"""Names in the order of the alphabet as people read it, accents and capitals apart, asked of either database."""

from django.db.models import Expression, F, Value
from django.db.models.functions import Lower, Replace

from parvis.lib.words import fold

_LETTERS = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝŸŒÆ"


def folded(field: str) -> Expression:
    """The text of a column as `words.fold` writes its letters, to sort by where the database cuts the page.

    SQLite knows the capitals of English only, and the order of PostgreSQL is that of its installation.
    """
    result: Expression | F = Lower(field)
    for letter in _LETTERS + _LETTERS.lower():
        result = Replace(result, Value(letter), Value(fold(letter)))
    return result  # type: ignore[return-value]
