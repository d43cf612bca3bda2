"""Finding a street from the way people write it: words begun, mistyped, out of order, joined. Pure, held in memory.

A town has a few thousand street names: all of them are compared in the process, so that the database is asked only for
the houses of the streets that fit. What a street owes to its words is a cost: 0 when each was written as it is.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from parvis.apps.places.keys import ARTICLES, ENGLISH_KINDS, KINDS, plain_words

BEGUN, BEGUN_INSIDE, JOINED, SAINTS, LATER, LEFT_OUT, WRONG_KIND, KIND_ONLY = 0.1, 0.3, 0.2, 0.5, 0.2, 0.05, 0.5, 0.3
MISTYPED, DROPPED = 1.0, 1.5
ONE_MISTAKE, TWO_MISTAKES = 4, 6  # letters that a word must have to be read with as many mistakes
MOST_BEGUN, MOST_WORDS, MISTYPED_KEPT = 3000, 6, 1024
_SAINTS = {"st": "ste", "ste": "st"}
_SPOKEN_SAINTS = {"st": "saint", "ste": "sainte"}
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Fit:
    """What a street owes: the less, the likelier. `mistyped`: some word fits only if it was mistyped."""

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
class _Place:
    """Where a word stands in a street's name: its rank among the words, and how many of them it makes (0: its kind)."""

    rank: int
    makes: int
    extra: float = 0.0


class StreetNames:
    """The names of a town's streets, each (id, name)."""

    def __init__(self, streets: Iterable[tuple[int, str]]) -> None:
        self._streets = {pk: _read(pk, name) for pk, name in streets}
        self._whole: dict[tuple[str, ...], bool] = {}  # True: a street of that name has no kind in front
        for street in self._streets.values():
            self._whole[street.words] = self._whole.get(street.words, False) or not street.kind
        self._places: dict[str, dict[int, _Place]] = {}
        for street in self._streets.values():
            for word, place in _spoken(street):
                self._places.setdefault(word, {}).setdefault(street.pk, place)
        self._words = sorted(self._places)
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
        """The plain form of that street's name, to put streets in order."""
        return self._streets[pk].key

    def kind(self, pk: int) -> str:
        """The kind of road in front of that street's name: "chemin"; empty when its name begins otherwise."""
        return self._streets[pk].kind

    def begins(self, street: str) -> bool:
        """Whether these plain words begin with the whole name of a street, its kind apart ("quai pres du parc")."""
        words = tuple(word for word in street.split() if word not in ARTICLES)
        return any(words[:size] in self._whole for size in range(1, len(words) + 1))

    def said_at(self, words: Sequence[str], *, bare: bool) -> int:
        """How many of these plain words, from the first, say a street by its whole name; 0 when they begin with none.

        Its kind goes with it ("rue du quai", "quai street"); it may be left out if `bare`, or if it has none.
        """
        kind = bool(words) and words[0] in KINDS
        said, name = 0, list[str]()
        for at in range(int(kind), len(words)):
            if words[at] in ARTICLES:
                continue
            name.append(words[at])
            whole = self._whole.get(tuple(name))
            english = at + 1 < len(words) and words[at + 1] in ENGLISH_KINDS
            if whole is not None and (kind or whole or bare or english):
                said = at + 1 + int(english)
        return said

    def fitting(self, street: str, kind: str = "") -> dict[int, Fit]:
        """The streets that these plain words may name ("ile aux lievres"), and what each owes; `kind` ("chemin") too.

        The last word may be just begun. Streets that fit only with mistakes are there too, when the words are long
        enough to bear one; with two mistakes, or without the last word, only when nothing else fits.
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
        """Two words that the name writes as one."""
        fit_joined: dict[int, Fit] = {}
        for at in range(len(words) - 1):
            joined = [*words[:at], words[at] + words[at + 1], *words[at + 2 :]]
            for pk, fit in self._fit(joined, kind, 1).items():
                fit_joined.setdefault(pk, fit + JOINED)
        return fit_joined

    def _fit(self, words: Sequence[str], kind: str, mistakes: int) -> dict[int, Fit]:
        """The streets that hold every word, each with at most that many mistakes."""
        owed: dict[int, tuple[float, bool, int, bool]] = {}
        for rank, word in enumerate(words):
            here: dict[int, tuple[float, bool, int, bool]] = {}
            options = self._options(word, rank == len(words) - 1, mistakes)
            for spoken, fit in options:
                for pk, place in self._places[spoken].items():
                    if rank and pk not in owed:
                        continue
                    cost = fit.cost + place.extra + (LATER if not rank and place.rank else 0)
                    if pk not in here or cost < here[pk][0]:
                        here[pk] = (cost, fit.mistyped, place.makes, place.makes == 0)
            owed = {pk: _both(owed[pk], one) if rank else one for pk, one in here.items()}
        return {pk: self._settle(self._streets[pk], one, kind) for pk, one in owed.items()}

    def _settle(self, street: _Street, owed: tuple[float, bool, int, bool], kind: str) -> Fit:
        cost, mistyped, made, kind_only = owed
        left_out = max(0, len(street.words) - made)
        cost += LEFT_OUT * left_out + (KIND_ONLY if kind_only else 0)
        if kind and street.kind and kind != street.kind:
            if kind in street.words:
                cost -= LEFT_OUT * (left_out > 0)
            else:
                cost += WRONG_KIND
        return Fit(cost, mistyped)

    def _options(self, word: str, is_last: bool, mistakes: int) -> list[tuple[str, Fit]]:
        """The words of names that this one may be."""
        options = [(word, Fit(0.0))] if word in self._places else []
        if (other := _SAINTS.get(word)) in self._places:
            options.append((str(other), Fit(SAINTS)))
        if len(word) > 1 or is_last:
            begun = Fit(BEGUN if is_last else BEGUN_INSIDE)
            start = bisect_left(self._words, word)
            end = bisect_left(self._words, word + _LAST, start)
            options += [(each, begun) for each in self._words[start : min(end, start + MOST_BEGUN)] if each != word]
        bears = 0 if any(map(str.isdigit, word)) else 2 if len(word) >= TWO_MISTAKES else int(len(word) >= ONE_MISTAKE)
        if most := min(mistakes, bears):
            known = {each for each, _fit in options}
            for each, made in self._mistyped(word, most, is_last).items():
                if each not in known:
                    options.append((each, Fit(made, True)))
        return options

    def _find_mistyped(self, word: str, most: int, begun: bool) -> dict[str, float]:
        """The words within that many mistakes (a letter missing, added, changed, two exchanged), and what each owes."""
        mistyped: dict[str, float] = {}
        ends: list[tuple[_Node, int]] = []
        first = list(range(len(word) + 1))
        walk = [(node, letter, "", first, first, 1) for letter, node in self._root.letters.items()]
        while walk:
            node, letter, before, last, older, depth = walk.pop()
            row = _next_row(word, letter, before, last, older, depth, most)
            if node.word and row[-1] <= most:
                mistyped[node.word] = min(mistyped.get(node.word, most), row[-1] * MISTYPED)
            if begun and row[-1] <= most:
                ends.append((node, row[-1]))
            if min(row) <= most:
                walk += [(below, next_, letter, row, last, depth + 1) for next_, below in node.letters.items()]
        for node, made in ends:
            for each in _below(node):
                mistyped[each] = min(mistyped.get(each, most + BEGUN), made * MISTYPED + BEGUN)
        return mistyped


def _next_row(
    word: str, letter: str, before: str, last: Sequence[int], older: Sequence[int], depth: int, most: int
) -> list[int]:
    """One row of the distance of Damerau and Levenshtein (optimal string alignment), near its diagonal only."""
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
    stack, given = [node], 0
    while stack and given < MOST_BEGUN:
        here = stack.pop()
        if here.word:
            given += 1
            yield here.word
        stack += here.letters.values()


def _both(item: tuple[float, bool, int, bool], other: tuple[float, bool, int, bool]) -> tuple[float, bool, int, bool]:
    return item[0] + other[0], item[1] or other[1], item[2] + other[2], item[3] and other[3]


def _read(pk: int, name: str) -> _Street:
    key = plain_words(name)
    kind, rest = (key[0], key[1:]) if key and key[0] in KINDS else ("", key)
    words = tuple(word for word in rest if word not in ARTICLES)
    if not words:
        kind, words = "", tuple(key)
    return _Street(pk, " ".join(key), kind, words)


def _spoken(street: _Street) -> Iterable[tuple[str, _Place]]:
    """Every form under which a word of a street's name is looked for."""
    for rank, word in enumerate(street.words):
        yield word, _Place(rank, 1)
        if word in _SPOKEN_SAINTS:
            yield _SPOKEN_SAINTS[word], _Place(rank, 1)
        if rank + 1 < len(street.words):
            for first in filter(None, (word, _SPOKEN_SAINTS.get(word))):
                yield first + street.words[rank + 1], _Place(rank, 2, JOINED)
    if street.kind:
        yield street.kind, _Place(0, 0)
