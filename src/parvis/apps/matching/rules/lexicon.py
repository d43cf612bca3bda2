"""The words an index knows, looked up by prefix or through one typing slip."""

from bisect import bisect_left
from collections.abc import Iterable
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

SHORTEST_REPAIRED = 4


class Lexicon:
    """A fixed set of folded words. Reuses the tables of `before`, so that a few new words cost little."""

    _sums: NDArray[np.uint32]
    _ranks: NDArray[np.int32]

    def __init__(self, words: Iterable[str], before: "Lexicon | None" = None) -> None:
        self._words = sorted(set(words))
        self._known = frozenset(self._words)
        rank = {word: index for index, word in enumerate(self._words)}
        old = before._words if before else []
        new_ranks = np.array([rank.get(word, -1) for word in old], np.int64)
        sums, ranks = (before._sums, new_ranks[before._ranks]) if before else (np.zeros(0, np.uint32), new_ranks)
        new = self._known.difference(old)
        rows = [(crc32(variant.encode()), rank[word]) for word in new for variant in _shortened(word)]
        added = np.array(rows, np.int64).reshape(-1, 2)
        sums = np.concatenate([sums[ranks >= 0].astype(np.int64), added[:, 0]])
        ranks = np.concatenate([ranks[ranks >= 0], added[:, 1]])
        order = np.lexsort((ranks, sums))
        self._sums, self._ranks = sums[order].astype(np.uint32), ranks[order].astype(np.int32)

    def __contains__(self, word: str) -> bool:
        return word in self._known

    def holds_just(self, words: set[str]) -> bool:
        """Whether these are exactly its words."""
        return self._known == words

    def starting_with(self, prefix: str, limit: int = 24) -> list[str]:
        """Known words that begin with `prefix`, in alphabetical order, at most `limit`."""
        index = bisect_left(self._words, prefix)
        starting: list[str] = []
        while index < len(self._words) and len(starting) < limit and self._words[index].startswith(prefix):
            starting.append(self._words[index])
            index += 1
        return starting

    def near(self, word: str) -> list[str]:
        """Known words one slip away (a letter added, missing, wrong, or two swapped), in alphabetical order.

        Also a word stuck to its elided article ("labri" gives "abri"). Short words and numbers are not repaired.
        """
        if len(word) < SHORTEST_REPAIRED or word.isdigit():
            return []
        shorter = _deletions(word)
        candidates = {*self._shortened_to(shorter), *(part for part in shorter if part in self._known)}
        return sorted(candidate for candidate in candidates if candidate != word and _one_slip(word, candidate))

    def _shortened_to(self, shorter: Iterable[str]) -> list[str]:
        """Words that equal one of these, or do after losing a letter; CRC collisions are left to `near`."""
        sums = np.array([crc32(text.encode()) for text in shorter], np.uint32)
        starts, ends = (np.searchsorted(self._sums, sums, side) for side in ("left", "right"))
        spans = zip(starts.tolist(), ends.tolist(), strict=True)
        return [self._words[rank] for start, end in spans for rank in self._ranks[start:end]]


def _shortened(word: str) -> set[str]:
    """The deletion variants of a word long enough to be repaired."""
    return _deletions(word) if len(word) >= SHORTEST_REPAIRED - 1 else set()


def _deletions(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))} | {word}


def _one_slip(longer: str, shorter: str) -> bool:
    if len(longer) < len(shorter):
        longer, shorter = shorter, longer
    if len(longer) - len(shorter) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(longer, shorter, strict=False)) if a != b), len(shorter))
    if len(longer) > len(shorter):
        return longer[at + 1 :] == shorter[at:]
    swapped = longer[:at] + longer[at + 1 : at + 2] + longer[at : at + 1] + longer[at + 2 :]
    return longer[at + 1 :] == shorter[at + 1 :] or swapped == shorter
