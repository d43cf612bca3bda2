"""Writing of the words by which things are found."""

from collections.abc import Mapping

from parvis.lib.words import split
from parvis.search.models import SearchRow


def index(*, kind: str, object_id: int, words: str) -> None:
    """From the caller's commit on, that object is found by these words, and by no other. One statement.

    `words` is ordinary text: it is folded here. Phone numbers go through `phone_words` first, so that their last
    digits find them too.
    """
    index_many(kind=kind, words={object_id: words})


def index_many(*, kind: str, words: Mapping[int, str]) -> None:
    """As `index`, for many objects at once: their words by their id."""
    rows = [
        SearchRow(kind=kind, object_id=object_id, text=" ".join(dict.fromkeys(split(text))))
        for object_id, text in words.items()
    ]
    SearchRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["kind", "object_id"], update_fields=["text"]
    )


def phone_words(number: str) -> str:
    """The words by which a phone number is found: national digits, the last seven, the last four."""
    digits = "".join(char for char in number if char.isdigit())
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    return " ".join(dict.fromkeys((digits, digits[-7:], digits[-4:])))
