"""Views of how close a message is to each target: by its words, its spelling, its meaning.

Each view is built once from the targets' texts, in numpy, then only read. The texts of a target are contiguous
(`Layout`), so that one score per text reduces to one score per target.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parvis.apps.matching.rules.encoder import GRAIN, Vectors
from parvis.apps.matching.rules.grams import Numbers, grams, sayings, turns

Scores = NDArray[np.float64]

K1, B = 1.2, 0.4
TARGET_SATURATION = 2.0
MOST_POSTINGS = 400_000  # of a message's rarest n-grams; the commonest carry no information
LEFT_OUTSIDE = 0.2  # smoothing: prior weight of an n-gram outside the only target that uses it
SUPPOSED = 20.0  # smoothing: prior examples of each target, with the overall word frequencies
SLICE, NEAR = 4096, 512  # rows per batch; NEAR fits the processor cache
STIFFNESS = 3.0  # ridge penalty of the classifier


class Term(NamedTuple):
    """A feature to look for, its weight, and the rank of the message word it stands for."""

    feature: str
    weight: float
    word: int


class Words(NamedTuple):
    """The words of one target's texts, computed once and reused by the next index.

    `rows` has one row per feature of each text: text rank, count, weight. `said` holds the sorted codes of its
    examples' words and pairs with the number of examples that contain each; `ways` is the number of examples.
    """

    features: tuple[str, ...]
    rows: Scores
    telling: frozenset[str]
    said: tuple[Numbers, Numbers]
    ways: int


class Layout:
    """Which texts belong to which target. Each target has at least one text, and its texts are contiguous."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = np.array(sizes, np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.sizes)])[:-1].astype(np.int64)
        self.owners = np.repeat(np.arange(len(sizes)), self.sizes)
        self.texts, self.targets = int(self.sizes.sum()), len(sizes)

    def best(self, scores: Scores) -> Scores:
        """The best score of each target."""
        return np.maximum.reduceat(scores, self.starts) if self.targets else scores

    def top(self, scores: Scores, targets: Numbers, count: int) -> Scores:
        """The `count` best scores of these targets, best first, 0 where a target has fewer texts."""
        if not len(targets):
            return np.zeros((0, count))
        offsets = np.arange(max(int(self.sizes[targets].max()), count))
        exists = offsets[None, :] < self.sizes[targets][:, None]
        rows = np.where(exists, self.starts[targets][:, None] + offsets, 0)
        best = np.where(exists, scores[rows], -np.inf)
        best = -np.sort(-best, axis=1)[:, :count]
        return np.where(np.isfinite(best), best, 0.0)


def ranges(starts: Numbers, lengths: Numbers) -> Numbers:
    """The concatenated index ranges that start at `starts` and have these `lengths`."""
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths))


def runs(ordered: Numbers) -> tuple[Numbers, Numbers]:
    """The distinct values of a sorted array, and for each element its index among them."""
    begins = np.diff(ordered, prepend=ordered[:1] - 1) != 0
    return ordered[begins], np.cumsum(begins) - 1


class _Postings:
    """Which documents contain each feature, and how strongly."""

    def __init__(self, features: Numbers, documents: Numbers, strengths: Scores, count: int) -> None:
        order = np.argsort(features, kind="stable")
        self._ends = np.searchsorted(features[order], np.arange(count + 1))
        small = not len(documents) or int(documents.max()) < 1 << 16
        self._documents = documents[order].astype(np.uint16 if small else np.int32)
        self._strengths = strengths[order].astype(np.float16)

    def spread(self) -> Numbers:
        """How many documents contain each feature."""
        return np.diff(self._ends)

    def of(self, feature: int) -> tuple[NDArray[Any], NDArray[np.float16]]:
        """The documents that contain a feature, with their strengths."""
        part = slice(self._ends[feature], self._ends[feature + 1])
        return self._documents[part], self._strengths[part]

    def total(self, wanted: Iterable[tuple[int, float]], size: int) -> Scores:
        """For each of `size` documents, the weighted sum of the strengths of these features."""
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
    """BM25 over texts, use by each target's texts, and title-only words: shares of the message's weight."""

    def __init__(self, targets: Sequence[Words], layout: Layout) -> None:
        self._layout = layout
        self._rank: dict[str, int] = {}
        rank = self._rank
        flat = [rank.setdefault(feature, len(rank)) for own in targets for feature in own.features]
        features = np.array(flat, np.int64)
        table = np.concatenate([own.rows for own in targets]) if targets else np.zeros((0, 3))
        places = np.repeat(layout.starts, [len(own.features) for own in targets]) if targets else layout.starts
        text_ranks, times, weights = table[:, 0].astype(np.int64) + places, table[:, 1], table[:, 2]
        sizes = np.bincount(text_ranks, times, layout.texts)
        length_norm = K1 * (1 - B + B * sizes / max(float(sizes.mean()) if len(sizes) else 0.0, 1e-9))
        strengths = np.minimum(weights, 1) * times * (K1 + 1) / (times + length_norm[text_ranks])
        order = np.argsort(features, kind="stable")
        features, text_ranks, strengths, weights = features[order], text_ranks[order], strengths[order], weights[order]
        self._texts = _Postings(features, text_ranks, strengths, len(self._rank))
        self._text_rarity = _rarities(self._texts.spread(), layout.texts)
        pairs, places = runs(features * layout.targets + layout.owners[text_ranks])
        uses = np.bincount(places, weights, len(pairs))
        shares = uses / (uses + TARGET_SATURATION)
        divisor = max(layout.targets, 1)
        self._targets = _Postings(pairs // divisor, pairs % divisor, shares, len(self._rank))
        in_examples = np.bincount(features, weights == 1, len(self._rank)) > 0
        titles = np.unique(places[(weights > 1) & ~in_examples[features]])
        title_pairs, ones = pairs[titles], np.ones(len(titles))
        self._titles = _Postings(title_pairs // divisor, title_pairs % divisor, ones, len(self._rank))
        self._target_rarity = _rarities(self._targets.spread(), layout.targets)

    def __contains__(self, feature: str) -> bool:
        return feature in self._rank

    def by_text(self, terms: Sequence[Term]) -> Scores:
        """How much of the message each text contains."""
        return self._shares(terms, self._texts, self._text_rarity, self._layout.texts)

    def by_target(self, terms: Sequence[Term]) -> Scores:
        """How much of the message the texts of each target share."""
        return self._shares(terms, self._targets, self._target_rarity, self._layout.targets)

    def by_title(self, terms: Sequence[Term]) -> Scores:
        """How much of the message is in the title of each target, and in no example of any target."""
        return self._shares(terms, self._titles, self._target_rarity, self._layout.targets)

    def reasons(self, terms: Iterable[Term], targets: Iterable[int]) -> list[list[int]]:
        """For each target, the ranks of the message words that match it, strongest first."""
        wanted = {target: rank for rank, target in enumerate(targets)}
        by_target: list[dict[int, float]] = [defaultdict(float) for _ in wanted]
        for term in terms:
            feature = self._rank[term.feature]
            for target, share in zip(*self._targets.of(feature), strict=True):
                if int(target) in wanted:
                    weights = by_target[wanted[int(target)]]
                    weight = float(share) * self._target_rarity[feature] * term.weight
                    weights[term.word] = max(weights[term.word], weight)
        return [sorted(own, key=lambda word: (-round(own[word], 6), word)) for own in by_target]

    def _shares(self, terms: Sequence[Term], postings: _Postings, rarity: Scores, size: int) -> Scores:
        best_weights: dict[int, float] = defaultdict(float)
        wanted = []
        for term in terms:
            feature = self._rank[term.feature]
            weight = float(rarity[feature]) * term.weight
            best_weights[term.word] = max(best_weights[term.word], weight)
            wanted.append((feature, weight))
        return postings.total(wanted, size) / (sum(best_weights.values()) or 1.0)


class _Grams:
    """Coded features of texts, weighted by rarity; each text is a unit vector.

    The arrays used only for building are sorted by feature, then by text, so that nothing has to be sorted again.
    """

    def __init__(self, text_ranks: Numbers, codes: Numbers, texts: int) -> None:
        self.texts = texts
        pairs, times = np.unique(codes * max(texts, 1) + text_ranks, return_counts=True)
        ordered, self.held = np.divmod(pairs, max(texts, 1))
        self.codes, self.features = runs(ordered)
        self.spread = np.bincount(self.features, minlength=len(self.codes))
        self._rarity = np.log(1 + texts / np.maximum(self.spread, 1))
        values = (1 + np.log(times)) * self._rarity[self.features]
        lengths = np.sqrt(np.bincount(self.held, values**2, texts))
        self.values = values / np.maximum(lengths[self.held], 1e-9)

    def release(self) -> None:
        """Free the arrays used only for building."""
        self.held = self.features = self.values = np.zeros(0, np.int64)

    def weigh(self, codes: Numbers) -> list[tuple[int, float]]:
        """The known features of a message with their weights; only the rarest when there are too many."""
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

    def by_text(self, tokens: Sequence[str]) -> Scores:
        """The spelling similarity of each text."""
        return self._postings.total(self._grams.weigh(grams([tokens])[1]), self._grams.texts)


class TurnScores:
    """How specific the turns of a message (n-grams and word pairs, stopwords included) are to each target.

    Complement naive Bayes: what counts is how little of a turn is found outside a target. "May I" and "I want to
    report" tell a rule from a complaint about the same thing.
    """

    def __init__(self, texts: Sequence[Sequence[str]], layout: Layout) -> None:
        self._grams = _Grams(*turns(texts), len(texts))
        ranks, features, values = self._grams.held, self._grams.features, self._grams.values
        self._targets = layout.targets
        many = max(layout.targets, 1)
        pairs, places = runs(features * many + layout.owners[ranks])
        own = np.bincount(places, values, len(pairs))
        whole = np.bincount(features, values, len(self._grams.codes))[pairs // many]
        strengths = np.log((whole + LEFT_OUTSIDE) / (np.maximum(whole - own, 0) + LEFT_OUTSIDE))
        used = self._grams.spread[pairs // many] > 1  # in several texts
        self._postings = _Postings(pairs[used] // many, pairs[used] % many, strengths[used], len(self._grams.codes))
        self._grams.release()

    def by_target(self, tokens: Sequence[str]) -> Scores:
        """The weight of the turns specific to each target."""
        return self._postings.total(self._grams.weigh(turns([tokens])[1]), self._targets)


class OddsScores:
    """How much likelier the words and word pairs of a message are in a target's examples than in all examples.

    Naive Bayes, each example counting a word once. Words never used about a target count against it: between two
    targets the difference of scores depends on them alone, which is what disambiguation groups need.
    """

    def __init__(self, targets: Sequence[Words]) -> None:
        codes = np.concatenate([np.zeros(0, np.int64), *(own.said[0] for own in targets)])
        times = np.concatenate([np.zeros(0, np.int64), *(own.said[1] for own in targets)])
        owners = np.repeat(np.arange(len(targets)), [len(own.said[0]) for own in targets])
        order = np.argsort(codes, kind="stable")
        codes, times, owners = codes[order], times[order], owners[order]
        features = np.cumsum(np.diff(codes, prepend=codes[:1]) != 0)
        sizes = np.array([own.ways for own in targets], np.int64)
        totals = np.bincount(features, times)
        self._codes = codes[np.flatnonzero(np.diff(features, prepend=-1))]
        strengths = np.log1p(times * sizes.sum() / (SUPPOSED * totals[features]))
        self._postings = _Postings(features, owners, strengths, len(self._codes))
        self._unsaid = np.log(SUPPOSED / (sizes + SUPPOSED))

    def by_target(self, tokens: Sequence[str]) -> Scores:
        """The sum of the log odds over the square root of their number; 0 when nothing is known."""
        codes = np.unique(sayings([tokens])[1])
        places = np.searchsorted(self._codes, codes) % max(len(self._codes), 1)
        known = places[self._codes[places] == codes] if len(self._codes) else places[:0]
        total = self._postings.total([(int(feature), 1.0) for feature in known], len(self._unsaid))
        return np.asarray((total + len(known) * self._unsaid) / math.sqrt(max(len(known), 1)))


class MeaningScores:
    """Cosines with the texts and the centre of each target, and a linear classifier fitted in one step.

    `texts` follow the order of `layout`; `vectors` returns one vector per text. Rows are stored as the integers that
    `encoder.steady` makes of them: half the memory, lossless, and sums exact in any order. So `before` lends its
    vectors and its sums of products, and only the difference is added and subtracted.
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
        current, previous = Counter(texts), Counter(before._texts)
        added, removed = list((current - previous).elements()), list((previous - current).elements())
        if len(added) + len(removed) > len(texts) // 4:
            return _products(self._rows)
        new, old = self._rows[[self._places[text] for text in added]], before.rows_of(removed)
        return np.asarray(before._products + _products(new) - _products(old))

    def holds(self, text: str) -> bool:
        """Whether the vector of a text is stored."""
        return text in self._places

    def rows_of(self, texts: Sequence[str]) -> NDArray[np.int16]:
        """The stored vectors of these texts, as integers."""
        return np.asarray(self._rows[[self._places[text] for text in texts]])

    def vectors(self) -> Vectors:
        """The vectors of all texts, in layout order."""
        return self._rows.astype(np.float32) / np.float32(GRAIN)

    def by_target(self, vector: Vectors) -> tuple[Scores, Scores]:
        """For each target: the cosine with its centre, and the classifier's score."""
        classified = vector.astype(np.float64) @ self._classifier[:-1] + self._classifier[-1]
        return (self._centres @ vector).astype(np.float64), classified

    def by_text(self, vector: Vectors, targets: Numbers) -> Scores:
        """The cosine with each text of these targets; 0 for the texts of other targets."""
        scores = np.zeros(self.layout.texts)
        places = ranges(self.layout.starts[targets], self.layout.sizes[targets])
        for start in range(0, len(places), NEAR):
            part = places[start : start + NEAR]
            scores[part] = (self._rows[part].astype(np.float32) @ vector) / GRAIN
        return scores


def _rows(
    texts: Sequence[str], vectors: Callable[[Sequence[str]], Vectors], before: MeaningScores | None
) -> NDArray[np.int16]:
    """One integer row per text; only texts that `before` lacks are encoded."""
    missing = [text for text in dict.fromkeys(texts) if before is None or not before.holds(text)]
    new = np.round(vectors(missing) * GRAIN).astype(np.int16)
    if before is None and len(missing) == len(texts):
        return new
    new_row = {text: rank for rank, text in enumerate(missing)}
    rows = np.empty((len(texts), new.shape[1]), np.int16)
    new_places = [rank for rank, text in enumerate(texts) if text in new_row]
    rows[new_places] = new[[new_row[texts[rank]] for rank in new_places]]
    if before is not None and len(new_places) < len(texts):
        reused = [rank for rank, text in enumerate(texts) if text not in new_row]
        rows[reused] = before.rows_of([texts[rank] for rank in reused])
    return rows


def _products(rows: NDArray[np.int16]) -> Scores:
    """The exact Gram matrix of the columns, computed in slices to save memory."""
    total = np.zeros((rows.shape[1], rows.shape[1]))
    for start in range(0, len(rows), SLICE):
        block = rows[start : start + SLICE].astype(np.float64)
        total += block.T @ block
    return total


def _rarities(spread: NDArray[Any], total: int) -> Scores:
    return np.log(1 + (total - spread + 0.5) / (spread + 0.5))
