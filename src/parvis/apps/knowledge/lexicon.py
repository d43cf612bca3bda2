"""The words an index knows: found again from their first letters, or through one slip of the finger."""

from bisect import bisect_left
from collections.abc import Iterable
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

SHORTEST_REPAIRED = 4


class Lexicon:
    """A fixed set of folded words. One that stood `before` lends what it worked out: a few new words cost little."""

    _sums: NDArray[np.uint32]
    _ranks: NDArray[np.int32]

    def __init__(self, words: Iterable[str], before: "Lexicon | None" = None) -> None:
        self._words = sorted(set(words))
        self._known = frozenset(self._words)
        rank = {word: at for at, word in enumerate(self._words)}
        met = before._words if before else []
        places = np.array([rank.get(word, -1) for word in met], np.int64)
        sums, ranks = (before._sums, places[before._ranks]) if before else (np.zeros(0, np.uint32), places)
        new = [(crc32(item.encode()), rank[word]) for word in self._known.difference(met) for item in _shortened(word)]
        more = np.array(new, np.int64).reshape(-1, 2)
        sums = np.concatenate([sums[ranks >= 0].astype(np.int64), more[:, 0]])
        ranks = np.concatenate([ranks[ranks >= 0], more[:, 1]])
        order = np.lexsort((ranks, sums))
        self._sums, self._ranks = sums[order].astype(np.uint32), ranks[order].astype(np.int32)

    def __contains__(self, word: str) -> bool:
        return word in self._known

    def holds_just(self, words: set[str]) -> bool:
        """Whether these are its words, all of them and no other."""
        return self._known == words

    def starting_with(self, prefix: str, limit: int = 24) -> list[str]:
        """Words that begin with `prefix`, in alphabetical order, `limit` at most."""
        at = bisect_left(self._words, prefix)
        starting: list[str] = []
        while at < len(self._words) and len(starting) < limit and self._words[at].startswith(prefix):
            starting.append(self._words[at])
            at += 1
        return starting

    def near(self, word: str) -> list[str]:
        """Words one slip away: a letter too many, missing, wrong, or two swapped; in alphabetical order.

        Also a word stuck to its elided article ("labri" gives "abri"). Short words and numbers are left alone.
        """
        if len(word) < SHORTEST_REPAIRED or word.isdigit():
            return []
        shorter = _deletions(word)
        candidates = {*self._shortened_to(shorter), *(item for item in shorter if item in self._known)}
        return sorted(candidate for candidate in candidates if candidate != word and _one_slip(word, candidate))

    def _shortened_to(self, shorter: Iterable[str]) -> list[str]:
        """Words that lose a letter, or none, to become one of these; now and then another, which `near` leaves out."""
        sums = np.array([crc32(item.encode()) for item in shorter], np.uint32)
        starts, ends = (np.searchsorted(self._sums, sums, side) for side in ("left", "right"))
        parts = zip(starts.tolist(), ends.tolist(), strict=True)
        return [self._words[rank] for start, end in parts for rank in self._ranks[start:end]]


def _shortened(word: str) -> set[str]:
    """What a slip may make of a word, when it is long enough to be repaired."""
    return _deletions(word) if len(word) >= SHORTEST_REPAIRED - 1 else set()


def _deletions(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))} | {word}


def _one_slip(item: str, other: str) -> bool:
    if len(item) < len(other):
        item, other = other, item
    if len(item) - len(other) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(item, other, strict=False)) if a != b), len(other))
    if len(item) > len(other):
        return item[at + 1 :] == other[at:]
    swapped = item[:at] + item[at + 1 : at + 2] + item[at : at + 1] + item[at + 2 :]
    return item[at + 1 :] == other[at + 1 :] or swapped == other
