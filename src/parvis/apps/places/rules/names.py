"""Fuzzy search of street names: words incomplete, mistyped, out of order or joined. Pure, in memory.

A town has a few thousand street names: all are compared in the process, and the database is queried only for the houses
of the matching streets. Each match has a cost: 0 when every word is exact.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from parvis.apps.places.rules.keys import ARTICLES, ENGLISH_KINDS, KINDS, plain_words

BEGUN, BEGUN_INSIDE, JOINED, SAINTS, LATER, LEFT_OUT, WRONG_KIND, KIND_ONLY = 0.1, 0.3, 0.2, 0.5, 0.2, 0.05, 0.5, 0.3
MISTYPED, DROPPED = 1.0, 1.5
ONE_MISTAKE, TWO_MISTAKES = 4, 6  # minimum length of a word for one and two mistakes
MOST_BEGUN, MOST_WORDS, MISTYPED_KEPT = 3000, 6, 1024
_SAINTS = {"st": "ste", "ste": "st"}
_FULL_SAINTS = {"st": "saint", "ste": "sainte"}
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Fit:
    """The cost of a match: the lower, the likelier. `mistyped`: some word matches only with a typo."""

    cost: float
    mistyped: bool = False

    def __add__(self, cost: float) -> "Fit":
        return Fit(self.cost + cost, self.mistyped)


@dataclass(slots=True)
class _Street:
    pk: int
    key: str
    kind: str
    words: tuple[str, ...]


@dataclass(slots=True)
class _Node:
    letters: "dict[str, _Node]" = field(default_factory=dict)
    word: str = ""


@dataclass(slots=True)
class _Position:
    """A word in a street's name: its rank, and how many words of the name it covers (0 for the kind of road)."""

    rank: int
    covers: int
    extra: float = 0.0


@dataclass(slots=True)
class _Score:
    """The match so far of some typed words with a street."""

    cost: float
    mistyped: bool
    covered: int
    kind_only: bool

    def __add__(self, other: "_Score") -> "_Score":
        return _Score(
            self.cost + other.cost,
            self.mistyped or other.mistyped,
            self.covered + other.covered,
            self.kind_only and other.kind_only,
        )


class StreetNames:
    """A search index of a town's street names, given as (id, name)."""

    def __init__(self, streets: Iterable[tuple[int, str]]) -> None:
        self._streets = {pk: _read(pk, name) for pk, name in streets}
        self._whole: dict[tuple[str, ...], bool] = {}  # True: a street of that name has no leading kind
        for street in self._streets.values():
            self._whole[street.words] = self._whole.get(street.words, False) or not street.kind
        self._positions: dict[str, dict[int, _Position]] = {}
        for street in self._streets.values():
            for word, position in _search_words(street):
                self._positions.setdefault(word, {}).setdefault(street.pk, position)
        self._words = sorted(self._positions)
        self._root = _Node()
        for word in self._words:
            node = self._root
            for letter in word:
                node = node.letters.setdefault(letter, _Node())
            node.word = word
        self._mistyped = lru_cache(MISTYPED_KEPT)(self._find_mistyped)

    def __len__(self) -> int:
        return len(self._streets)

    def key(self, pk: int) -> str:
        """The plain form of a street's name, for sorting."""
        return self._streets[pk].key

    def kind(self, pk: int) -> str:
        """The leading kind of road of a street's name, such as "chemin"; empty when there is none."""
        return self._streets[pk].kind

    def begins(self, street: str) -> bool:
        """Whether these plain words begin with a whole street name, ignoring its kind ("quai pres du parc")."""
        words = tuple(word for word in street.split() if word not in ARTICLES)
        return any(words[:size] in self._whole for size in range(1, len(words) + 1))

    def match_length(self, words: Sequence[str], *, bare: bool) -> int:
        """How many of these plain words, from the first, make a whole street name; 0 when they begin with none.

        The kind of road is part of it ("rue du quai", "quai street"); it may be omitted if `bare`, or if there is none.
        """
        kind = bool(words) and words[0] in KINDS
        length, name = 0, list[str]()
        for at in range(int(kind), len(words)):
            if words[at] in ARTICLES:
                continue
            name.append(words[at])
            whole = self._whole.get(tuple(name))
            english = at + 1 < len(words) and words[at + 1] in ENGLISH_KINDS
            if whole is not None and (kind or whole or bare or english):
                length = at + 1 + int(english)
        return length

    def fitting(self, street: str, kind: str = "") -> dict[int, Fit]:
        """The streets that match these plain words ("ile aux lievres") and `kind` ("chemin"), with their costs.

        The last word may be incomplete. Streets with one typo per word are included when the words are long enough;
        with two typos, or without the last word, only when nothing else matches.
        """
        words = ([word for word in street.split() if word not in ARTICLES] or street.split())[:MOST_WORDS]
        if not words:
            words, kind = [kind], ""
        if not words[0]:
            return {}
        result = self._fit(words, kind, 0)
        for pk, fit in self._fit(words, kind, 1).items():
            result.setdefault(pk, fit)
        if not result:
            result = self._fit_joined(words, kind) or self._fit(words, kind, 2)
        if not result and len(words) > 1:
            result = {pk: Fit(fit.cost + DROPPED, True) for pk, fit in self._fit(words[:-1], kind, 1).items()}
        return result

    def _fit_joined(self, words: Sequence[str], kind: str) -> dict[int, Fit]:
        """Matches with two neighbouring words joined."""
        fits: dict[int, Fit] = {}
        for at in range(len(words) - 1):
            joined = [*words[:at], words[at] + words[at + 1], *words[at + 2 :]]
            for pk, fit in self._fit(joined, kind, 1).items():
                fits.setdefault(pk, fit + JOINED)
        return fits

    def _fit(self, words: Sequence[str], kind: str, mistakes: int) -> dict[int, Fit]:
        """The streets that contain every word, each with at most that many mistakes."""
        scores: dict[int, _Score] = {}
        for rank, word in enumerate(words):
            matches: dict[int, _Score] = {}
            for indexed, fit in self._options(word, rank == len(words) - 1, mistakes):
                for pk, position in self._positions[indexed].items():
                    if rank and pk not in scores:
                        continue
                    cost = fit.cost + position.extra + (LATER if not rank and position.rank else 0)
                    if pk not in matches or cost < matches[pk].cost:
                        matches[pk] = _Score(cost, fit.mistyped, position.covers, position.covers == 0)
            scores = {pk: scores[pk] + score if rank else score for pk, score in matches.items()}
        return {pk: self._total(self._streets[pk], score, kind) for pk, score in scores.items()}

    def _total(self, street: _Street, score: _Score, kind: str) -> Fit:
        omitted = max(0, len(street.words) - score.covered)
        cost = score.cost + LEFT_OUT * omitted + (KIND_ONLY if score.kind_only else 0)
        if kind and street.kind and kind != street.kind:
            if kind in street.words:
                cost -= LEFT_OUT * (omitted > 0)
            else:
                cost += WRONG_KIND
        return Fit(cost, score.mistyped)

    def _options(self, word: str, is_last: bool, mistakes: int) -> list[tuple[str, Fit]]:
        """The indexed words that a typed word may stand for."""
        options = [(word, Fit(0.0))] if word in self._positions else []
        if (other := _SAINTS.get(word)) in self._positions:
            options.append((str(other), Fit(SAINTS)))
        if len(word) > 1 or is_last:
            begun = Fit(BEGUN if is_last else BEGUN_INSIDE)
            start = bisect_left(self._words, word)
            end = bisect_left(self._words, word + _LAST, start)
            options += [
                (longer, begun) for longer in self._words[start : min(end, start + MOST_BEGUN)] if longer != word
            ]
        allowed = 2 if len(word) >= TWO_MISTAKES else int(len(word) >= ONE_MISTAKE)
        if not any(map(str.isdigit, word)) and (most := min(mistakes, allowed)):
            known = {option for option, _fit in options}
            for option, cost in self._mistyped(word, most, is_last).items():
                if option not in known:
                    options.append((option, Fit(cost, True)))
        return options

    def _find_mistyped(self, word: str, most: int, begun: bool) -> dict[str, float]:
        """The indexed words within `most` typos (a letter missing, added, changed, two swapped), with their costs."""
        costs: dict[str, float] = {}
        prefixes: list[tuple[_Node, int]] = []
        first = list(range(len(word) + 1))
        stack = [(node, letter, "", first, first, 1) for letter, node in self._root.letters.items()]
        while stack:
            node, letter, before, last, older, depth = stack.pop()
            row = _next_row(word, letter, before, last, older, depth, most)
            if node.word and row[-1] <= most:
                costs[node.word] = min(costs.get(node.word, most), row[-1] * MISTYPED)
            if begun and row[-1] <= most:
                prefixes.append((node, row[-1]))
            if min(row) <= most:
                stack += [(below, next_, letter, row, last, depth + 1) for next_, below in node.letters.items()]
        for node, typos in prefixes:
            for longer in _below(node):
                costs[longer] = min(costs.get(longer, most + BEGUN), typos * MISTYPED + BEGUN)
        return costs


def _next_row(
    word: str, letter: str, before: str, last: Sequence[int], older: Sequence[int], depth: int, most: int
) -> list[int]:
    """One row of the Damerau-Levenshtein distance (optimal string alignment), near its diagonal only."""
    far, size = most + 1, len(word)
    row = [depth if depth <= most else far] + [far] * size
    for at in range(max(1, depth - most), min(size, depth + most) + 1):
        same = word[at - 1] == letter
        best = min(last[at - 1] + (not same), last[at] + 1, row[at - 1] + 1)
        if at > 1 and before and word[at - 1] == before and word[at - 2] == letter:
            best = min(best, older[at - 2] + 1)
        row[at] = best
    return row


def _below(node: _Node) -> Iterable[str]:
    stack, count = [node], 0
    while stack and count < MOST_BEGUN:
        current = stack.pop()
        if current.word:
            count += 1
            yield current.word
        stack += current.letters.values()


def _read(pk: int, name: str) -> _Street:
    key = plain_words(name)
    kind, rest = (key[0], key[1:]) if key and key[0] in KINDS else ("", key)
    words = tuple(word for word in rest if word not in ARTICLES)
    if not words:
        kind, words = "", tuple(key)
    return _Street(pk, " ".join(key), kind, words)


def _search_words(street: _Street) -> Iterable[tuple[str, _Position]]:
    """Every form under which the words of a street's name are indexed."""
    for rank, word in enumerate(street.words):
        yield word, _Position(rank, 1)
        if word in _FULL_SAINTS:
            yield _FULL_SAINTS[word], _Position(rank, 1)
        if rank + 1 < len(street.words):
            for first in filter(None, (word, _FULL_SAINTS.get(word))):
                yield first + street.words[rank + 1], _Position(rank, 2, JOINED)
    if street.kind:
        yield street.kind, _Position(0, 0)
