"""Where words that several people read name one of them. Pure: plain values only.

A name counts when it is whole, in either order, or when it follows a greeting or a title: a surname alone may be that
of a street or of a colleague. Accents and capitals do not matter.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from parvis.lib.words import fold

_LETTERS = re.compile(r"[^\W\d_]+")
_TITLES = "monsieur|madame|mademoiselle|m|mme|mlle|mr|mrs|ms|miss|dr"
_GREETINGS = "bonjour|bonsoir|allo|salut|cher|chere|hello|hi|hey|dear|good morning|good afternoon|good evening"
_PLACES = re.compile(
    r"\b(?:rue|avenue|av|boulevard|boul|chemin|ch|route|rang|montee|allee|impasse|croissant|place|parc|pont|ecole|"
    r"street|road|park|bridge|school)[.\s]+(?:(?:de|du|des|d|la|le|l)[\s']+)*$"
)
_APART = r"[\s.\-\u2010-\u2015]*"  # the hyphens and dashes that people write between digits
_PHONE = re.compile(rf"(?<!\d)(?:\+?1{_APART})?(?:\(?\d{{3}}\)?{_APART})?\d{{3}}{_APART}\d{{4}}(?!\d)")
_BETWEEN = r"[\W_]+"
_SHORTEST = 3  # letters of a name that means somebody after a greeting


@dataclass(frozen=True)
class Reader:
    """Who reads: the names they go by, their e-mail addresses, their numbers (digits alone), their request's number."""

    names: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    reference: str = ""


@dataclass(frozen=True)
class Mention:
    """The words that name a reader, as they are written, the line they are on (from 1), and the hole of
    `cases.placeholders` that may take their place, "" for none.
    """

    words: str
    line: int
    hole: str


def mention(text: str, reader: Reader) -> Mention | None:
    """The first place where these words name that reader, or give their number or their e-mail address."""
    written = unicodedata.normalize("NFC", text)
    flat = _flat(written)
    result = [
        *((place, "reference") for place in _references(flat, reader.reference)),
        *((place, "name") for name in reader.names for place in _named(flat, name)),
        *((place, "") for place in _addresses(flat, reader.emails)),
        *((place, "") for place in _numbers(flat, reader.phones)),
    ]
    if not result:
        return None
    (start, end), hole = min(
        result, key=lambda item: (item[0][0], -item[0][1])
    )  # the longest of those that begin there
    return Mention(written[start:end], written.count("\n", 0, start) + 1, hole)


def _flat(text: str) -> str:
    """The text folded letter by letter: each stays where it was."""
    return "".join(fold(letter)[:1] or letter for letter in text)


def _named(flat: str, name: str) -> Iterator[tuple[int, int]]:
    parts = [part for part in _LETTERS.findall(_flat(name)) if part not in _TITLES.split("|")]
    whole = [parts, [parts[0], parts[-1]], [parts[-1], *parts[:-1]]] if len(parts) > 1 else []
    for item in re.finditer("|".join(rf"\b{_BETWEEN.join(order)}\b" for order in whole) or r"(?!)", flat):
        if not _PLACES.search(flat, 0, item.start()):
            yield item.span()
    if called := "|".join(part for part in parts if len(part) >= _SHORTEST):
        title = rf"(?:{_TITLES})\.?\s+"
        begins = rf"\b(?:(?:{_GREETINGS})[\s,]+(?:{title})?|{title})"
        for match in re.finditer(rf"{begins}({called})\b", flat):
            yield match.span(1)


def _references(flat: str, reference: str) -> Iterator[tuple[int, int]]:
    if reference:
        written = r"[\s.\-/]*".join(re.escape(part) for part in _flat(reference).split("-"))
        yield from (match.span() for match in re.finditer(rf"\b{written}\b", flat))


def _addresses(flat: str, emails: frozenset[str]) -> Iterator[tuple[int, int]]:
    for email in emails:
        at = flat.find(_flat(email))
        if email and at >= 0:
            yield at, at + len(email)


def _numbers(flat: str, phones: frozenset[str]) -> Iterator[tuple[int, int]]:
    for match in _PHONE.finditer(flat):
        digits = re.sub(r"\D", "", match[0])
        if any(phone.endswith(digits) for phone in phones):
            yield match.span()
