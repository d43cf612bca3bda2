"""Words of a text, compared the way people write them: without case, accents, elisions or endings."""

import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import snowballstemmer

from parvis.lib.languages import LANGUAGES, Lang

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'"})
_WORD = re.compile(r"[a-z0-9]+")
_USUAL = 0x3000  # the characters of the alphabets; beyond, nothing is kept
LONGEST_NUMBER = 18  # digits of a number that any database keeps
_ALGORITHMS = {"fr": "french", "en": "english"}
_stemmers = threading.local()  # a stemmer keeps the word it works on: two threads never share one


class _Folded(dict[int, str]):
    """What becomes of each character, found once: `str.translate` then folds a text at the speed of C."""

    def __missing__(self, code: int) -> str:
        lowered = unicodedata.normalize("NFKC", chr(code)).casefold().translate(_LIGATURES)
        spread = unicodedata.normalize("NFD", lowered)
        plain = "".join(letter for letter in spread if not unicodedata.combining(letter))
        if code < _USUAL:
            self[code] = plain
        return plain


_FOLDED = _Folded()


def fold(text: str) -> str:
    """Lower case, no accents, ligatures opened, one kind of apostrophe: "L’Œuvre" gives "l'oeuvre"."""
    return text.translate(_FOLDED)


def split(text: str) -> list[str]:
    """The folded words and numbers of a text, in order; apostrophes and hyphens separate ("l'abri": l, abri)."""
    return _WORD.findall(fold(text).replace("aujourd'hui", "aujourdhui"))


def one_line(text: str) -> str:
    """The text on one line, fit for a header: any break, blank or control character is one plain space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def number(text: str) -> int | None:
    """The whole number that a text from outside writes in digits; None for anything else, or beyond 18 digits."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None


@lru_cache(maxsize=50_000)
def stem(word: str, lang: Lang) -> str:
    """The stem of one folded word; short words and numbers are their own."""
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
    """The first of the phrases that the text contains as whole words, whatever their endings; "" for none.

    A phrase and a text are compared stem by stem, by the rules of either language.
    """
    spoken = _spoken(text)
    for phrase in phrases:
        if any(_contains(spoken[lang], _phrase(phrase, lang)) for lang in LANGUAGES):
            return phrase
    return ""


@lru_cache(maxsize=16)
def _spoken(text: str) -> dict[Lang, tuple[str, ...]]:
    """A text's stems in both languages: many rules are asked of the same words, one after the other."""
    return {lang: tuple(stems(text, lang)) for lang in LANGUAGES}


@lru_cache(maxsize=4096)
def _phrase(phrase: str, lang: Lang) -> tuple[str, ...]:
    return tuple(stems(phrase, lang))


def _contains(whole: Sequence[str], part: Sequence[str]) -> bool:
    if not part or part[0] not in whole:
        return False
    size = len(part)
    return size == 1 or any(whole[at : at + size] == part for at in range(len(whole) - size + 1))
