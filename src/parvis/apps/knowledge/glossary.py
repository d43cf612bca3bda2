"""A French word beside each English one that is known: help to read what someone wrote, never a translation.

The text itself comes back whole, in order, as it was written. No database.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from parvis.lib import words

LONGEST = 5  # words of a phrase
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SUFFIXES = (
    *(("'s", ""), ("s'", "s"), ("ies", "y"), ("ves", "f"), ("es", ""), ("es", "e"), ("s", "")),
    *(("ied", "y"), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e")),
)
_SHORTEST = 3  # letters left of a word whose ending is taken away


@dataclass(frozen=True)
class Piece:
    """A part of the text as it was said, blanks included, and what stands beside it; "" where nothing is known."""

    said: str
    gloss: str = ""


class Glossary:
    """Pairs of an English phrase and its French, found whatever the case, the plural or the tense. The first wins."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._known: dict[str, str] = {}
        for english, french in pairs:
            key = _key(english)
            if key and key.count(" ") < LONGEST:
                self._known.setdefault(key, french.strip())

    def __len__(self) -> int:
        return len(self._known)

    def read(self, text: str) -> list[Piece]:
        """The text in pieces, the longest phrases first."""
        result, at = [], 0
        met = list(_WORD.finditer(text))
        rank = 0
        while rank < len(met):
            size, french = self._longest(text, met[rank : rank + LONGEST])
            start, end = met[rank].start(), met[rank + size - 1].end()
            if french:
                result += [Piece(text[at:start])] if at < start else []
                result.append(Piece(text[start:end], french))
                at = end
            rank += size
        return result + ([Piece(text[at:])] if at < len(text) else [])

    def _longest(self, text: str, ahead: list[re.Match[str]]) -> tuple[int, str]:
        """How many of the words ahead make the longest phrase known, and its French; one word and "" for none."""
        for size in range(len(ahead), 0, -1):
            between = (text[one.end() : other.start()] for one, other in zip(ahead, ahead[1:size], strict=False))
            if any(gap.strip(" -") for gap in between):
                continue
            said = [_key(match.group()) for match in ahead[:size]]
            for form in _forms(said):
                if form in self._known:
                    return size, self._known[form]
        return 1, ""


def pairs_of(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The pairs that a file of lines "said = mot" gives; lines that begin with # say what follows."""
    for line in lines:
        english, equals, french = line.partition("=")
        if equals and not line.startswith("#"):
            yield english.strip(), french.strip()


def _key(text: str) -> str:
    return " ".join(words.fold(text).replace("-", " ").split())


def _forms(said: list[str]) -> Iterator[str]:
    """The ways to write a phrase in the words of a dictionary: as it is, its last word bare, then each of them."""
    yield " ".join(said)
    *first, last = said
    for bare in _bare(last):
        yield " ".join([*first, bare])
    if first:
        for bare in chain(_bare(last), [last]):
            yield " ".join([*(next(_bare(word), word) for word in first), bare])


def _bare(word: str) -> Iterator[str]:
    """A word without its plural or its tense, in the likeliest order."""
    for ending, instead in _SUFFIXES:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            root = word.removesuffix(ending)
            yield root + instead
            if ending in ("ed", "ing") and root[-1] == root[-2]:
                yield root[:-1]
