"""Finds personal details of one reader in a text meant for several. Pure: plain values only.

A full name matches in either order, a partial one only after a greeting or a title: a surname alone may be that of a
street or of a colleague. Accents and case are ignored.
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
_DIGIT_SEP = r"[\s.\-\u2010-\u2015]*"  # hyphens and dashes between digits
_PHONE = re.compile(rf"(?<!\d)(?:\+?1{_DIGIT_SEP})?(?:\(?\d{{3}}\)?{_DIGIT_SEP})?\d{{3}}{_DIGIT_SEP}\d{{4}}(?!\d)")
_NAME_SEP = r"[\W_]+"
_MIN_NAME = 3  # letters of a single name that matches after a greeting


@dataclass(frozen=True)
class Reader:
    """A reader: their names, e-mail addresses, phone numbers (digits only) and case reference."""

    names: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    reference: str = ""


@dataclass(frozen=True)
class Mention:
    """The matching words as written, their line (from 1), and the key in `placeholders.HOLES` to use instead, or ""."""

    words: str
    line: int
    hole: str


def mention(text: str, reader: Reader) -> Mention | None:
    """The first name, reference, e-mail address or phone number of that reader in the text; the longest at a tie."""
    normalized = unicodedata.normalize("NFC", text)
    folded = _fold_letters(normalized)
    mentions = [
        *((span, "reference") for span in _references(folded, reader.reference)),
        *((span, "name") for name in reader.names for span in _names(folded, name)),
        *((span, "") for span in _emails(folded, reader.emails)),
        *((span, "") for span in _phones(folded, reader.phones)),
    ]
    if not mentions:
        return None
    (start, end), hole = min(mentions, key=lambda found: (found[0][0], -found[0][1]))
    return Mention(normalized[start:end], normalized.count("\n", 0, start) + 1, hole)


def _fold_letters(text: str) -> str:
    """The text folded letter by letter: positions are unchanged."""
    return "".join(fold(letter)[:1] or letter for letter in text)


def _names(folded: str, name: str) -> Iterator[tuple[int, int]]:
    parts = [part for part in _LETTERS.findall(_fold_letters(name)) if part not in _TITLES.split("|")]
    full_names = [parts, [parts[0], parts[-1]], [parts[-1], *parts[:-1]]] if len(parts) > 1 else []
    pattern = "|".join(rf"\b{_NAME_SEP.join(order)}\b" for order in full_names) or r"(?!)"
    for match in re.finditer(pattern, folded):
        if not _PLACES.search(folded, 0, match.start()):
            yield match.span()
    if single_names := "|".join(part for part in parts if len(part) >= _MIN_NAME):
        title = rf"(?:{_TITLES})\.?\s+"
        prefix = rf"\b(?:(?:{_GREETINGS})[\s,]+(?:{title})?|{title})"
        for match in re.finditer(rf"{prefix}({single_names})\b", folded):
            yield match.span(1)


def _references(folded: str, reference: str) -> Iterator[tuple[int, int]]:
    if reference:
        pattern = r"[\s.\-/]*".join(re.escape(part) for part in _fold_letters(reference).split("-"))
        yield from (match.span() for match in re.finditer(rf"\b{pattern}\b", folded))


def _emails(folded: str, emails: frozenset[str]) -> Iterator[tuple[int, int]]:
    for email in emails:
        start = folded.find(_fold_letters(email))
        if email and start >= 0:
            yield start, start + len(email)


def _phones(folded: str, phones: frozenset[str]) -> Iterator[tuple[int, int]]:
    for match in _PHONE.finditer(folded):
        digits = re.sub(r"\D", "", match[0])
        if any(phone.endswith(digits) for phone in phones):
            yield match.span()
