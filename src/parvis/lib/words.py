"""Text normalisation and matching: case, accents, elisions and inflections are ignored."""

import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import snowballstemmer

from parvis.lib.i18n.languages import LANGUAGES, Lang

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'"})
_FORBIDDEN = re.compile(r"[\x00-\x08\x0e-\x1f\ufffe\uffff]")
_WORD = re.compile(r"[a-z0-9]+")
_ALPHABETS_END = 0x3000  # characters above it are not cached
LONGEST_NUMBER = 18  # digits that fit in a database integer
_ALGORITHMS = {"fr": "french", "en": "english"}
_stemmers = threading.local()  # a stemmer holds state, so threads cannot share one


class _Folded(dict[int, str]):
    """Lazily built translation table, so that `str.translate` folds text at C speed."""

    def __missing__(self, code: int) -> str:
        lowered = unicodedata.normalize("NFKC", chr(code)).casefold().translate(_LIGATURES)
        decomposed = unicodedata.normalize("NFD", lowered)
        plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
        if code < _ALPHABETS_END:
            self[code] = plain
        return plain


_FOLDED = _Folded()


def fold(text: str) -> str:
    """Lower-cases, removes accents, expands ligatures, unifies apostrophes: "L’Œuvre" gives "l'oeuvre"."""
    return text.translate(_FOLDED)


def split(text: str) -> list[str]:
    """The folded words and numbers of a text, in order; apostrophes and hyphens split words ("l'abri": l, abri)."""
    return _WORD.findall(fold(text).replace("aujourd'hui", "aujourdhui"))


def one_line(text: str) -> str:
    """The text on one line, safe in a header: runs of breaks, blanks or control characters become one space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def printable(text: str) -> str:
    """The text without the control characters that XML 1.0 forbids; a vertical tab or a form feed breaks the line."""
    return _FORBIDDEN.sub("", text.replace("\x0b", "\n").replace("\x0c", "\n"))


def number(text: str) -> int | None:
    """Parses untrusted text as a whole number in digits; None for anything else, or beyond 18 digits."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None


@lru_cache(maxsize=50_000)
def stem(word: str, lang: Lang) -> str:
    """The stem of a folded word; words of at most two letters and numbers are unchanged."""
    if len(word) <= 2 or word.isdigit():
        return word
    stemmer = getattr(_stemmers, lang, None)
    if stemmer is None:
        stemmer = snowballstemmer.stemmer(_ALGORITHMS[lang])
        setattr(_stemmers, lang, stemmer)
    return str(stemmer.stemWord(word))


def stems(text: str, lang: Lang) -> list[str]:
    """The stems of a text, in order."""
    return [stem(word, lang) for word in split(text)]


def find_phrase(text: str, phrases: Sequence[str]) -> str:
    """The first phrase that the text contains as whole words, ignoring inflections; "" for none.

    Phrase and text are compared stem by stem, in either language.
    """
    text_stems = _text_stems(text)
    for phrase in phrases:
        if any(_contains(text_stems[lang], _phrase_stems(phrase, lang)) for lang in LANGUAGES):
            return phrase
    return ""


@lru_cache(maxsize=16)
def _text_stems(text: str) -> dict[Lang, tuple[str, ...]]:
    """A text's stems in both languages; cached, as many rules check the same text in a row."""
    return {lang: tuple(stems(text, lang)) for lang in LANGUAGES}


@lru_cache(maxsize=4096)
def _phrase_stems(phrase: str, lang: Lang) -> tuple[str, ...]:
    return tuple(stems(phrase, lang))


def _contains(whole: Sequence[str], part: Sequence[str]) -> bool:
    if not part or part[0] not in whole:
        return False
    size = len(part)
    return size == 1 or any(whole[at : at + size] == part for at in range(len(whole) - size + 1))
