"""Views of how close a message is to each target: by its words, by its spelling, by its meaning.

Each view is built once from the targets' texts, in numpy, and only read afterwards. A target's texts follow each other
(`Layout`), so that one figure a text folds into one figure a target.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parvis.apps.knowledge.encoder import GRAIN, Vectors
from parvis.apps.knowledge.grams import Numbers, grams, sayings, turns

Scores = NDArray[np.float64]

K1, B = 1.2, 0.4
TARGET_SATURATION = 2.0
MOST_POSTINGS = 400_000  # of the rarest n-grams of a message; the commonest tell nothing
LEFT_OUTSIDE = 0.2  # what is supposed of an n-gram outside a target that alone uses it
SUPPOSED = 20.0  # ways of asking that are supposed of each target, in which every word is as common as everywhere
SLICE, NEAR = 4096, 512  # rows taken at once: few enough, for one message, to stay close to the processor
STIFFNESS = 3.0  # of the classifier: how much evidence it wants


class Term(NamedTuple):
    """One feature to look for: how much it counts, and the rank of the said word it stands for."""

    feature: str
    weight: float
    word: int


class Words(NamedTuple):
    """The words of one target's texts, a row for each feature of each text: rank of the text, times, weight; the
    telling words among them; the codes of what people say of it, in order, with the number of texts that hold each, and
    how many texts there are. Made once, and used again by the index that follows.
    """

    features: tuple[str, ...]
    rows: Scores
    telling: frozenset[str]
    said: tuple[Numbers, Numbers]
    ways: int


class Layout:
    """Which texts belong to which target. Every target has one text at least, and its texts follow each other."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = np.array(sizes, np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.sizes)])[:-1].astype(np.int64)
        self.owners = np.repeat(np.arange(len(sizes)), self.sizes)
        self.texts, self.targets = int(self.sizes.sum()), len(sizes)

    def best(self, scores: Scores) -> Scores:
        """The best figure of each target."""
        return np.maximum.reduceat(scores, self.starts) if self.targets else scores

    def top(self, scores: Scores, targets: Numbers, count: int) -> Scores:
        """The `count` best figures of these targets, best first, 0 where a target has fewer texts."""
        if not len(targets):
            return np.zeros((0, count))
        places = np.arange(max(int(self.sizes[targets].max()), count))
        held = places[None, :] < self.sizes[targets][:, None]
        rows = np.where(held, self.starts[targets][:, None] + places, 0)
        figures = np.where(held, scores[rows], -np.inf)
        figures = -np.sort(-figures, axis=1)[:, :count]
        return np.where(np.isfinite(figures), figures, 0.0)


def ranges(starts: Numbers, lengths: Numbers) -> Numbers:
    """The places of these stretches, one after the other."""
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths))


def runs(ordered: Numbers) -> tuple[Numbers, Numbers]:
    """The distinct values of what is in order, and for each value its place among them."""
    begins = np.diff(ordered, prepend=ordered[:1] - 1) != 0
    return ordered[begins], np.cumsum(begins) - 1


class _Postings:
    """Which documents hold each feature, and how strongly."""

    def __init__(self, features: Numbers, documents: Numbers, strengths: Scores, count: int) -> None:
        order = np.argsort(features, kind="stable")
        self._ends = np.searchsorted(features[order], np.arange(count + 1))
        small = not len(documents) or int(documents.max()) < 1 << 16
        self._documents = documents[order].astype(np.uint16 if small else np.int32)
        self._strengths = strengths[order].astype(np.float16)

    def spread(self) -> Numbers:
        """How many documents hold each feature."""
        return np.diff(self._ends)

    def of(self, feature: int) -> tuple[NDArray[Any], NDArray[np.float16]]:
        """The documents that hold a feature, with their strengths."""
        part = slice(self._ends[feature], self._ends[feature + 1])
        return self._documents[part], self._strengths[part]

    def total(self, wanted: Iterable[tuple[int, float]], size: int) -> Scores:
        """For each of `size` documents, the sum of the strengths of these features, each times its weight."""
        pairs = list(wanted)
        if not pairs:
            return np.zeros(size)
        features = np.array([feature for feature, _ in pairs], np.int64)
        weights = np.array([weight for _, weight in pairs], np.float64)
        lengths = self._ends[features + 1] - self._ends[features]
        places = ranges(self._ends[features], lengths)
        strengths = self._strengths[places] * np.repeat(weights, lengths)
        documents = self._documents[places].astype(np.intp)
        return np.bincount(documents, strengths, size).astype(np.float64)


class WordScores:
    """BM25 over texts, how widely the texts of each target use a word, and which title alone holds it; all three as a
    share of the message's weight.
    """

    def __init__(self, targets: Sequence[Words], layout: Layout) -> None:
        self._layout = layout
        self._rank: dict[str, int] = {}
        rank = self._rank
        features = np.array(
            [rank.setdefault(feature, len(rank)) for own in targets for feature in own.features], np.int64
        )
        table = np.concatenate([own.rows for own in targets]) if targets else np.zeros((0, 3))
        places = np.repeat(layout.starts, [len(own.features) for own in targets]) if targets else layout.starts
        held, times, weights = table[:, 0].astype(np.int64) + places, table[:, 1], table[:, 2]
        sizes = np.bincount(held, times, layout.texts)
        longer = K1 * (1 - B + B * sizes / max(float(sizes.mean()) if len(sizes) else 0.0, 1e-9))
        strengths = np.minimum(weights, 1) * times * (K1 + 1) / (times + longer[held])
        order = np.argsort(features, kind="stable")
        features, held, strengths, weights = features[order], held[order], strengths[order], weights[order]
        self._texts = _Postings(features, held, strengths, len(self._rank))
        self._text_rarity = _rarities(self._texts.spread(), layout.texts)
        pairs, places = runs(features * layout.targets + layout.owners[held])
        uses = np.bincount(places, weights, len(pairs))
        shares = uses / (uses + TARGET_SATURATION)
        divisor = max(layout.targets, 1)
        self._targets = _Postings(pairs // divisor, pairs % divisor, shares, len(self._rank))
        asked = np.bincount(features, weights == 1, len(self._rank)) > 0
        new = np.unique(places[(weights > 1) & ~asked[features]])
        self._titles = _Postings(pairs[new] // divisor, pairs[new] % divisor, np.ones(len(new)), len(self._rank))
        self._target_rarity = _rarities(self._targets.spread(), layout.targets)

    def __contains__(self, feature: str) -> bool:
        return feature in self._rank

    def by_text(self, terms: Sequence[Term]) -> Scores:
        """How much of the message each text holds."""
        return self._shares(terms, self._texts, self._text_rarity, self._layout.texts)

    def by_target(self, terms: Sequence[Term]) -> Scores:
        """How much of the message the texts of each target share."""
        return self._shares(terms, self._targets, self._target_rarity, self._layout.targets)

    def by_title(self, terms: Sequence[Term]) -> Scores:
        """How much of the message stands in the title of each target, and in no way of asking of any."""
        return self._shares(terms, self._titles, self._target_rarity, self._layout.targets)

    def reasons(self, terms: Iterable[Term], targets: Iterable[int]) -> list[list[int]]:
        """For each target, the ranks of the said words that speak for it, the strongest first."""
        wanted = {target: rank for rank, target in enumerate(targets)}
        worth: list[dict[int, float]] = [defaultdict(float) for _ in wanted]
        for term in terms:
            feature = self._rank[term.feature]
            for target, share in zip(*self._targets.of(feature), strict=True):
                if int(target) in wanted:
                    result = worth[wanted[int(target)]]
                    value = float(share) * self._target_rarity[feature] * term.weight
                    result[term.word] = max(result[term.word], value)
        return [sorted(item, key=lambda word: (-round(item[word], 6), word)) for item in worth]

    def _shares(self, terms: Sequence[Term], postings: _Postings, rarity: Scores, size: int) -> Scores:
        best: dict[int, float] = defaultdict(float)
        wanted = []
        for term in terms:
            feature = self._rank[term.feature]
            worth = float(rarity[feature]) * term.weight
            best[term.word] = max(best[term.word], worth)
            wanted.append((feature, worth))
        return postings.total(wanted, size) / (sum(best.values()) or 1.0)


class _Grams:
    """Coded features of texts, weighted by their rarity: each text is a unit vector.

    What only building needs goes by feature, then by text: one sort gives it, and nothing after has to sort again.
    """

    def __init__(self, held: Numbers, codes: Numbers, texts: int) -> None:
        self.texts = texts
        pairs, times = np.unique(codes * max(texts, 1) + held, return_counts=True)
        ordered, self.held = np.divmod(pairs, max(texts, 1))
        self.codes, self.features = runs(ordered)
        self.spread = np.bincount(self.features, minlength=len(self.codes))
        self._rarity = np.log(1 + texts / np.maximum(self.spread, 1))
        values = (1 + np.log(times)) * self._rarity[self.features]
        lengths = np.sqrt(np.bincount(self.held, values**2, texts))
        self.values = values / np.maximum(lengths[self.held], 1e-9)

    def release(self) -> None:
        """Let go of what only building needs."""
        self.held = self.features = self.values = np.zeros(0, np.int64)

    def weigh(self, codes: Numbers) -> list[tuple[int, float]]:
        """The known features of a message with their weights, the rarest of them when they are very many."""
        codes, times = np.unique(codes, return_counts=True)
        places = np.searchsorted(self.codes, codes)
        places[places == len(self.codes)] = 0
        known = self.codes[places] == codes if len(self.codes) else np.zeros(len(codes), bool)
        features = places[known]
        values = (1 + np.log(times[known])) * self._rarity[features]
        values = values / max(math.sqrt(float((values**2).sum())), 1e-9)
        order = np.lexsort((features, self.spread[features]))
        chosen = order[np.cumsum(self.spread[features][order]) <= MOST_POSTINGS]
        return list(zip(features[chosen].tolist(), values[chosen].tolist(), strict=True))


class SpellingScores:
    """Cosine of weighted character n-grams between a message and every text."""

    def __init__(self, spelled: Sequence[Sequence[str]]) -> None:
        self._grams = _Grams(*grams(spelled), len(spelled))
        count = len(self._grams.codes)
        self._postings = _Postings(self._grams.features, self._grams.held, self._grams.values, count)
        self._grams.release()

    def by_text(self, said: Sequence[str]) -> Scores:
        """How close in spelling each text comes."""
        return self._postings.total(self._grams.weigh(grams([said])[1]), self._grams.texts)


class TurnScores:
    """How far the turns of a message (n-grams and pairs of its words, small ones too) belong to each target alone.

    Complement naive Bayes: what tells is how little of a turn is left outside a target. "May I", "I want to report"
    tell a rule from a complaint about the same thing.
    """

    def __init__(self, said: Sequence[Sequence[str]], layout: Layout) -> None:
        self._grams = _Grams(*turns(said), len(said))
        held, features, values = self._grams.held, self._grams.features, self._grams.values
        self._targets = layout.targets
        many = max(layout.targets, 1)
        pairs, places = runs(features * many + layout.owners[held])
        own = np.bincount(places, values, len(pairs))
        whole = np.bincount(features, values, len(self._grams.codes))[pairs // many]
        strengths = np.log((whole + LEFT_OUTSIDE) / (np.maximum(whole - own, 0) + LEFT_OUTSIDE))
        seen = self._grams.spread[pairs // many] > 1
        self._postings = _Postings(pairs[seen] // many, pairs[seen] % many, strengths[seen], len(self._grams.codes))
        self._grams.release()

    def by_target(self, said: Sequence[str]) -> Scores:
        """The weight of what belongs to each target."""
        return self._postings.total(self._grams.weigh(turns([said])[1]), self._targets)


class OddsScores:
    """How much likelier the words of a message, and their pairs, are in the mouth of those who ask about each target
    than of everybody.

    Naive Bayes, each way of asking counting a word once. What tells is also what is never said of a target: between two
    targets, the difference of their figures depends on them alone, which is what siblings need.
    """

    def __init__(self, targets: Sequence[Words]) -> None:
        codes = np.concatenate([np.zeros(0, np.int64), *(own.said[0] for own in targets)])
        times = np.concatenate([np.zeros(0, np.int64), *(own.said[1] for own in targets)])
        owners = np.repeat(np.arange(len(targets)), [len(own.said[0]) for own in targets])
        order = np.argsort(codes, kind="stable")
        codes, times, owners = codes[order], times[order], owners[order]
        features = np.cumsum(np.diff(codes, prepend=codes[:1]) != 0)
        sizes = np.array([own.ways for own in targets], np.int64)
        everywhere = np.bincount(features, times)
        self._codes = codes[np.flatnonzero(np.diff(features, prepend=-1))]
        strengths = np.log1p(times * sizes.sum() / (SUPPOSED * everywhere[features]))
        self._postings = _Postings(features, owners, strengths, len(self._codes))
        self._unsaid = np.log(SUPPOSED / (sizes + SUPPOSED))

    def by_target(self, said: Sequence[str]) -> Scores:
        """The sum of the logarithms of the odds over the square root of how many there are; 0 when nothing is known."""
        codes = np.unique(sayings([said])[1])
        places = np.searchsorted(self._codes, codes) % max(len(self._codes), 1)
        known = places[self._codes[places] == codes] if len(self._codes) else places[:0]
        total = self._postings.total([(int(feature), 1.0) for feature in known], len(self._unsaid))
        return np.asarray((total + len(known) * self._unsaid) / math.sqrt(max(len(known), 1)))


class MeaningScores:
    """Cosines with the texts and the centre of each target, and a linear classifier fitted on the texts in one step.

    `texts` are in the order of `layout`, and `vectors` gives one vector a text. They are kept as the whole numbers that
    `encoder.steady` makes of them: half the memory, nothing lost, and sums that are exact in whatever order. So what
    stood `before` lends its vectors and its sums of products, and only what differs is added and taken away.
    """

    def __init__(
        self,
        texts: Sequence[str],
        layout: Layout,
        vectors: Callable[[Sequence[str]], Vectors],
        before: "MeaningScores | None" = None,
    ) -> None:
        self.layout = layout
        self._places = {text: place for place, text in enumerate(texts)}
        self._rows = _rows(texts, vectors, before)
        self._products = self._sum_products(texts, before)
        sums = np.stack([self._rows[part].sum(axis=0, dtype=np.int64) for part in self._parts()]) / GRAIN
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        self._centres = (sums / np.maximum(lengths, 1e-9)).astype(np.float32)
        inputs = np.hstack([sums, layout.sizes.astype(np.float64)[:, None]])
        products = self._products / GRAIN**2
        whole = np.vstack([np.hstack([products, sums.sum(0)[:, None]]), inputs.sum(0)[None, :]])
        whole[np.diag_indices(len(whole))] += STIFFNESS
        self._classifier = np.linalg.solve(whole, inputs.T)
        self._texts = tuple(texts)

    def _parts(self) -> list[slice]:
        return [slice(start, start + size) for start, size in zip(self.layout.starts, self.layout.sizes, strict=True)]

    def _sum_products(self, texts: Sequence[str], before: "MeaningScores | None") -> Scores:
        if before is None:
            return _products(self._rows)
        now, then = Counter(texts), Counter(before._texts)
        added, gone = list((now - then).elements()), list((then - now).elements())
        if len(added) + len(gone) > len(texts) // 4:
            return _products(self._rows)
        new, old = self._rows[[self._places[text] for text in added]], before.rows_of(gone)
        return np.asarray(before._products + _products(new) - _products(old))

    def holds(self, text: str) -> bool:
        """Whether the vector of a text is here."""
        return text in self._places

    def rows_of(self, texts: Sequence[str]) -> NDArray[np.int16]:
        """The vectors of texts that are here, as whole numbers."""
        return np.asarray(self._rows[[self._places[text] for text in texts]])

    def vectors(self) -> Vectors:
        """The vectors of every text, in the order of the layout."""
        return self._rows.astype(np.float32) / np.float32(GRAIN)

    def by_target(self, vector: Vectors) -> tuple[Scores, Scores]:
        """For each target: the cosine with its centre, the classifier's figure."""
        classified = vector.astype(np.float64) @ self._classifier[:-1] + self._classifier[-1]
        return (self._centres @ vector).astype(np.float64), classified

    def by_text(self, vector: Vectors, targets: Numbers) -> Scores:
        """The cosine with each text of these targets; 0 for the texts of the others."""
        scores = np.zeros(self.layout.texts)
        places = ranges(self.layout.starts[targets], self.layout.sizes[targets])
        for start in range(0, len(places), NEAR):
            part = places[start : start + NEAR]
            scores[part] = (self._rows[part].astype(np.float32) @ vector) / GRAIN
        return scores


def _rows(
    texts: Sequence[str], vectors: Callable[[Sequence[str]], Vectors], before: MeaningScores | None
) -> NDArray[np.int16]:
    """One row a text as whole numbers; only those that did not stand before are asked for."""
    missing = [text for text in dict.fromkeys(texts) if before is None or not before.holds(text)]
    new = np.round(vectors(missing) * GRAIN).astype(np.int16)
    if before is None and len(missing) == len(texts):
        return new
    place = {text: at for at, text in enumerate(missing)}
    rows = np.empty((len(texts), new.shape[1]), np.int16)
    fresh = [at for at, text in enumerate(texts) if text in place]
    rows[fresh] = new[[place[texts[at]] for at in fresh]]
    if before is not None and len(fresh) < len(texts):
        old = [at for at, text in enumerate(texts) if text not in place]
        rows[old] = before.rows_of([texts[at] for at in old])
    return rows


def _products(rows: NDArray[np.int16]) -> Scores:
    """The sums of the products of each two columns, exact; in slices, so that they take little room."""
    total = np.zeros((rows.shape[1], rows.shape[1]))
    for start in range(0, len(rows), SLICE):
        wide = rows[start : start + SLICE].astype(np.float64)
        total += wide.T @ wide
    return total


def _rarities(spread: NDArray[Any], total: int) -> Scores:
    return np.log(1 + (total - spread + 0.5) / (spread + 0.5))
