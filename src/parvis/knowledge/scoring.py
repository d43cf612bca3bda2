"""Three views of how close a message is to each target, every one from 0 to about 1.

`VariantScores`: BM25 over the words of single variants. `TargetScores`: how many of a target's variants use a word.
`SpellingScores`: cosine of character 3 to 5-grams, for typing slips and word families. The first and the last fold a
target's variants into one figure by a geometric series, best first: the best counts most, its company still counts.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

K1, B = 1.2, 0.4
TARGET_SATURATION = 2.0
GRAMS = range(3, 6)


class Term(NamedTuple):
    """One feature to look for: how much it counts, and the rank of the said word it stands for."""

    feature: str
    weight: float
    word: int


class Document(NamedTuple):
    """One variant: its target, its features with their counts, how much it counts."""

    target: int
    features: Mapping[str, int]
    weight: float


class VariantScores:
    """BM25 over variants, as a share of the message's own weight."""

    def __init__(self, documents: Sequence[Document], fade: float) -> None:
        self._fade = fade
        self._owner = [document.target for document in documents]
        sizes = [sum(document.features.values()) for document in documents]
        average = max(sum(sizes) / max(len(sizes), 1), 1e-9)
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, document in enumerate(documents):
            longer = K1 * (1 - B + B * sizes[at] / average)
            for feature, times in document.features.items():
                self._postings[feature].append((at, document.weight * times * (K1 + 1) / (times + longer)))
        self._rarity = _rarities({feature: len(found) for feature, found in self._postings.items()}, len(documents))

    def score(self, terms: Sequence[Term]) -> dict[int, float]:
        """How much of the message each target's variants hold."""
        found: dict[int, float] = defaultdict(float)
        for term in terms:
            worth = self._rarity.get(term.feature, 0.0) * term.weight
            for at, strength in self._postings.get(term.feature, ()):
                found[at] += worth * strength
        whole = _whole(terms, self._rarity)
        return {target: score / whole for target, score in _folded(found, self._owner, self._fade).items()}


class TargetScores:
    """How widely the variants of each target use the message's words."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._uses: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        for document in documents:
            for feature in document.features:
                self._uses[feature][document.target] += document.weight
        targets = len({document.target for document in documents})
        self._rarity = _rarities({feature: len(uses) for feature, uses in self._uses.items()}, targets)

    def __contains__(self, feature: str) -> bool:
        return feature in self._uses

    def score(self, terms: Sequence[Term]) -> dict[int, float]:
        """How much of the message each target's variants share."""
        found: dict[int, float] = defaultdict(float)
        for term in terms:
            for target in self._uses.get(term.feature, ()):
                found[target] += self._worth(term, target)
        whole = _whole(terms, self._rarity)
        return {target: score / whole for target, score in found.items()}

    def reasons(self, terms: Iterable[Term], target: int) -> list[int]:
        """Ranks of the said words that speak for a target, the strongest first."""
        worth: dict[int, float] = defaultdict(float)
        for term in terms:
            if target in self._uses.get(term.feature, ()):
                worth[term.word] = max(worth[term.word], self._worth(term, target))
        return sorted(worth, key=lambda word: (-round(worth[word], 6), word))

    def _worth(self, term: Term, target: int) -> float:
        uses = self._uses[term.feature][target]
        return self._rarity[term.feature] * term.weight * uses / (uses + TARGET_SATURATION)


class SpellingScores:
    """Cosine of weighted character n-grams between a message and every variant."""

    def __init__(self, spelled: Sequence[Sequence[str]], documents: Sequence[Document], fade: float) -> None:
        self._fade = fade
        self._owner = [document.target for document in documents]
        counts = [grams(words) for words in spelled]
        spread = Counter(gram for count in counts for gram in count)
        self._rarity = {gram: math.log(1 + len(counts) / times) for gram, times in spread.items()}
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, count in enumerate(counts):
            for gram, value in self._direction(count).items():
                self._postings[gram].append((at, value * documents[at].weight))

    def score(self, words: Sequence[str]) -> dict[int, float]:
        """How close in spelling each target's variants come."""
        found: dict[int, float] = defaultdict(float)
        for gram, value in self._direction(grams(words)).items():
            for at, other in self._postings[gram]:
                found[at] += value * other
        return _folded(found, self._owner, self._fade)

    def _direction(self, count: Mapping[str, int]) -> dict[str, float]:
        """The unit vector of the known n-grams."""
        values = {gram: (1 + math.log(n)) * self._rarity[gram] for gram, n in count.items() if gram in self._rarity}
        norm = math.sqrt(sum(value * value for value in values.values())) or 1.0
        return {gram: value / norm for gram, value in values.items()}


def grams(words: Iterable[str]) -> Counter[str]:
    """Character n-grams of words, each word fenced by spaces so that beginnings and ends count as such."""
    found: Counter[str] = Counter()
    for word in words:
        fenced = f" {word} "
        for size in GRAMS:
            if len(fenced) <= size:
                found[fenced] += 1
                break
            found.update(fenced[at : at + size] for at in range(len(fenced) - size + 1))
    return found


def _rarities(spread: Mapping[str, int], total: int) -> dict[str, float]:
    return {feature: math.log(1 + (total - n + 0.5) / (n + 0.5)) for feature, n in spread.items()}


def _whole(terms: Iterable[Term], rarity: Mapping[str, float]) -> float:
    """The weight of a message: for each said word, the best it could bring."""
    best: dict[int, float] = defaultdict(float)
    for term in terms:
        best[term.word] = max(best[term.word], rarity.get(term.feature, 0.0) * term.weight)
    return sum(best.values()) or 1.0


def _folded(found: Mapping[int, float], owner: Sequence[int], fade: float) -> dict[int, float]:
    """One figure a target out of its variants' figures, best first, each counting `fade` times the one before."""
    by_target: dict[int, list[float]] = defaultdict(list)
    for at, score in found.items():
        by_target[owner[at]].append(score)
    return {
        target: (1 - fade) * sum(score * fade**rank for rank, score in enumerate(sorted(scores, reverse=True)))
        for target, scores in by_target.items()
    }
