"""Shows a French word beside each known English one: a reading aid, never a translation.

The text is returned whole and in order, as written. No database.
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
_SHORTEST = 3  # letters left once an ending is removed


@dataclass(frozen=True)
class Piece:
    """A part of the text, blanks included, and its French gloss; "" when unknown."""

    said: str
    gloss: str = ""


class Glossary:
    """English phrases with their French, matched whatever the case, plural or tense. The first pair wins."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._known: dict[str, str] = {}
        for english, french in pairs:
            key = _key(english)
            if key and key.count(" ") < LONGEST:
                self._known.setdefault(key, french.strip())

    def __len__(self) -> int:
        return len(self._known)

    def read(self, text: str) -> list[Piece]:
        """The text in pieces, longest phrases first."""
        result, copied = [], 0
        matches = list(_WORD.finditer(text))
        index = 0
        while index < len(matches):
            size, french = self._longest(text, matches[index : index + LONGEST])
            start, end = matches[index].start(), matches[index + size - 1].end()
            if french:
                result += [Piece(text[copied:start])] if copied < start else []
                result.append(Piece(text[start:end], french))
                copied = end
            index += size
        return result + ([Piece(text[copied:])] if copied < len(text) else [])

    def _longest(self, text: str, ahead: list[re.Match[str]]) -> tuple[int, str]:
        """The number of words of the longest known phrase ahead, and its French; (1, "") for none."""
        for size in range(len(ahead), 0, -1):
            between = (text[left.end() : right.start()] for left, right in zip(ahead, ahead[1:size], strict=False))
            if any(gap.strip(" -") for gap in between):
                continue
            keys = [_key(match.group()) for match in ahead[:size]]
            for form in _forms(keys):
                if form in self._known:
                    return size, self._known[form]
        return 1, ""


def pairs_of(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The pairs of a file of lines "said = mot"; lines that begin with # are comments."""
    for line in lines:
        english, equals, french = line.partition("=")
        if equals and not line.startswith("#"):
            yield english.strip(), french.strip()


def _key(text: str) -> str:
    return " ".join(words.fold(text).replace("-", " ").split())


def _forms(phrase: list[str]) -> Iterator[str]:
    """Dictionary forms to try: the phrase itself, with its last word bare, then with every word bare."""
    yield " ".join(phrase)
    *first, last = phrase
    for bare in _bare(last):
        yield " ".join([*first, bare])
    if first:
        for bare in chain(_bare(last), [last]):
            yield " ".join([*(next(_bare(word), word) for word in first), bare])


def _bare(word: str) -> Iterator[str]:
    """A word without its plural or tense endings, likeliest first."""
    for ending, replacement in _SUFFIXES:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            root = word.removesuffix(ending)
            yield root + replacement
            if ending in ("ed", "ing") and root[-1] == root[-2]:
                yield root[:-1]
