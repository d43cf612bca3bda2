"""The answer engine: which targets a citizen's words are about, how surely, and whether they tell a danger.

Everything is built once, at construction; a search only reads. It is deterministic: scores are rounded and ties broken
by key. Answers, kinds of request and what is not ours stand in one index and are decided together. What each view of a
message counts for was fitted by `tools/fit_engine.py`, never on held-out messages: see `judgement`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from sys import intern
from typing import Literal

import numpy as np

from parvis.apps.knowledge import calibration
from parvis.apps.knowledge.dangers import Dangers
from parvis.apps.knowledge.encoder import Encoder, Vectors
from parvis.apps.knowledge.example_features import MOST_WORDS, ExampleFeatures, encoded, plain
from parvis.apps.knowledge.grams import Numbers, sayings
from parvis.apps.knowledge.lexicon import Lexicon
from parvis.apps.knowledge.scoring import Layout, OddsScores, Scores, Term, Words, WordScores
from parvis.apps.knowledge.text import STOPWORDS, Synonyms, Understood, english_share, telling_words, understood
from parvis.lib import words
from parvis.lib.languages import LANGUAGES, Lang, clean

Kind = Literal["answer", "route", "both", "none", "danger", "calm"]
Text = tuple[str, str, float]

REPAIRED, BEGUN, MEANT, OTHER_LANGUAGE = 0.7, 0.6, 0.8, 0.3
MOST_REASONS, MOST_NEAREST, MOST_CANDIDATES = 5, 3, 32
FAINTEST = 0.000001
UNKNOWN = 0.1  # how sure, at most, by words alone, when no telling word was ever met
LEAST_MEANT = 2  # words below which a meaning says no more than the word
DANGER, LEAST_SAID = 0.06, 3  # likelihood from which a danger is told, and words below which nobody tells one


@dataclass(frozen=True)
class Target:
    """Something the town can answer or route, or that belongs to somebody else ("none").

    "danger" holds messages that tell of a danger, "calm" some that only sound like it: they are weighed with the
    others, and are never hits.

    `texts` are (language, text, weight): the ways people ask, titles, aliases. A way of asking weighs 1; a text of
    another weight is none: its words count, more or less than those of a way, but its meaning as a whole does not. Nor
    do the odds of its words when it weighs less.
    """

    key: str
    kind: Kind
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class Hit:
    """A target found: its share of the likelihood, which only orders; how sure, from 0 to 1; why.

    `matched` are the said words that found it, `nearest` the ways of asking that came closest.
    """

    key: str
    score: float
    confidence: float
    matched: tuple[str, ...]
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """Hits, best first; the language read; whether words of danger were said; what can be shown as understood.

    `danger_share` is the share of the likelihood, from 0 to 1, that the examples of danger hold.
    """

    hits: tuple[Hit, ...]
    lang: Lang
    danger: bool
    understood: tuple[Understood, ...]
    danger_share: float = 0.0


@dataclass(frozen=True)
class Evidence:
    """What each view says of the likeliest targets: one row a target of `views`, one column a view of the layer.

    `known` is how many telling words the index has met, `telling` how many there are.
    """

    layer: calibration.Layer
    said: tuple[str, ...]
    terms: tuple[Term, ...]
    lang: Lang
    targets: Numbers
    views: Scores
    known: int
    telling: int


class Index:
    """Targets made searchable, with the town's synonyms and its words of danger, both by language.

    `encoder` adds meaning; `vectors` gives the vectors of the targets' texts, when they are kept somewhere. An index
    that stood `before` lends its own, so that a change of a few texts costs little.
    ValueError when two targets share a key.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        synonyms: Synonyms | None = None,
        dangers: Mapping[Lang, Sequence[str]] | None = None,
        *,
        encoder: Encoder | None = None,
        vectors: Callable[[Sequence[str]], Vectors] | None = None,
        before: "Index | None" = None,
    ) -> None:
        self._targets = tuple(targets)
        self._keys = [target.key for target in targets]
        if len(set(self._keys)) < len(self._keys):
            raise ValueError("two targets of an index share a key")
        self._hidden = {at for at, target in enumerate(targets) if target.kind in ("danger", "calm")}
        self._synonyms = synonyms or {}
        self._meanings = _meanings(self._synonyms)
        self._dangers = Dangers(dangers or {})
        made: dict[Target, Words] = before._made if before is not None else {}
        self._made: dict[Target, Words] = {target: made.get(target) or _words(target) for target in targets}
        self._layout = Layout([len(_texts(target)) for target in targets])
        self._words = WordScores([self._made[target] for target in targets], self._layout)
        self._odds = OddsScores([self._made[target] for target in targets])
        known = {word for own in self._made.values() for word in own.telling}
        lent = before._lexicon if before is not None else None
        self._lexicon: Lexicon = lent if lent is not None and lent.holds_just(known) else Lexicon(known, lent)
        ways = [_ways(target) for target in targets]
        self._ways: ExampleFeatures = ExampleFeatures.of(
            ways, encoder, vectors, before._ways if before is not None else None
        )

    def give(self, encoder: Encoder | None) -> None:
        """The encoder of this process, to an index that was kept without it."""
        self._ways.give(encoder)

    def reads(self, targets: Sequence[Target], synonyms: Synonyms, encoder: Encoder | None) -> bool:
        """Whether this index was made of exactly that."""
        return (self._targets, self._synonyms, self._ways.encoder) == (tuple(targets), synonyms, encoder)

    def asked(self) -> list[str]:
        """The texts whose vectors this index needs, as they are encoded."""
        return encoded(asked(self._targets))

    def holds(self, text: str) -> bool:
        """Whether the vector of a way of asking is here."""
        return self._ways.meaning is not None and self._ways.meaning.holds(text)

    def vectors(self) -> Vectors | None:
        """Their vectors, in the same order; None when no encoder takes part."""
        return self._ways.meaning.vectors() if self._ways.meaning else None

    def search(self, text: str, lang: str | None = None, limit: int = 8) -> Result:
        """The best targets for a text, `limit` at most. Without `lang` the language is guessed from the text.

        Texts of both languages count, those of the other language less. A last word that is not known yet matches by
        its beginning, so that hits come while someone types. Only the first 150 words are read.
        """
        evidence = self.evidence(text, lang)
        share = self._danger_share(evidence)
        return Result(
            hits=self._hits(evidence, limit),
            lang=evidence.lang,
            danger=self._dangers.told(text) or share >= DANGER,
            understood=tuple(understood(text, self._synonyms, evidence.lang)),
            danger_share=share,
        )

    def is_danger(self, text: str) -> bool:
        """Whether the town's words of danger are said, in either language, or a message of danger is told."""
        return self._dangers.told(text) or self.danger_share(text) >= DANGER

    def danger_share(self, text: str) -> float:
        """The share of the likelihood, from 0 to 1, that the examples of danger hold."""
        return self._danger_share(self.evidence(text))

    def _danger_share(self, evidence: Evidence) -> float:
        if not self._hidden or not len(evidence.targets) or len(evidence.said) < LEAST_SAID:
            return 0.0
        shares = calibration.shares(evidence.layer, evidence.views)
        kinds = [self._targets[target].kind for target in evidence.targets]
        told = sum(share for share, kind in zip(shares, kinds, strict=True) if kind == "danger")
        return round(float(told), 6)

    def leaning(self, text: str, lang: str | None = None) -> Hit | None:
        """The best target by words alone, which costs little; None when nothing said is known."""
        hits = self._hits(self.evidence(text, lang, by_words=True), 1)
        return hits[0] if hits else None

    def evidence(self, text: str, lang: str | None = None, *, by_words: bool = False) -> Evidence:
        """What each view says of the targets that may be meant; no targets when nothing said is known."""
        english = english_share(text) if lang is None else float(clean(lang) == "en")
        code: Lang = "en" if english > 0.5 else "fr"
        said = words.split(text)[:MOST_WORDS]
        meaning = self._ways.meaning if len(said) >= LEAST_MEANT and not by_words else None
        layer: calibration.Layer = "meaning" if meaning else "words"
        telling = telling_words(said)
        terms = self._terms(said, english, unfinished=text[-1:].isalnum())
        known = self._known(telling)
        spelled = self._ways.spelling.by_text(telling)
        if not self._keys or not (terms or known or spelled.any()):
            nothing = np.zeros(0, np.int64), np.zeros((0, 0))
            return Evidence(layer, tuple(said), (), code, *nothing, known, len(telling))
        by_text, by_target = self._words.by_text(terms), self._words.by_target(terms)
        views = [
            self._layout.best(by_text),
            by_target,
            self._ways.layout.best(spelled),
            self._ways.turns.by_target(said),
            self._odds.by_target(plain(text)),
            self._words.by_title(terms),
        ]
        vector = self._ways.vector(text) if meaning else None
        if meaning and vector is not None:
            views += meaning.by_target(vector)
        targets = self._likeliest(layer, np.stack(views, axis=1))
        rows = [*(view[targets] for view in views), _faded(self._layout.top(by_text, targets, 5), 0.6)]
        rows.append(_faded(self._ways.layout.top(spelled, targets, 8), 0.8))
        if meaning and vector is not None:
            close = meaning.layout.top(meaning.by_text(vector, targets), targets, 8)
            rows += [close[:, 0], close[:, :3].mean(axis=1), close.mean(axis=1)]
        return Evidence(layer, tuple(said), tuple(terms), code, targets, np.stack(rows, axis=1), known, len(telling))

    def key_of(self, target: int) -> str:
        """The key of a target of `Evidence`."""
        return self._keys[target]

    def _likeliest(self, layer: calibration.Layer, views: Scores) -> Numbers:
        """The targets worth a closer look: all of a small town's, the first of a large one's; in the order of keys."""
        scores = np.round(calibration.quick(layer, views), 6)
        order = sorted(range(len(scores)), key=lambda at: (-scores[at], self._keys[at]))
        chosen = {*order[:MOST_CANDIDATES], *self._hidden}
        return np.array(sorted(chosen, key=lambda at: self._keys[at]), np.int64)

    def _hits(self, evidence: Evidence, limit: int) -> tuple[Hit, ...]:
        shown = [at for at, target in enumerate(evidence.targets) if target not in self._hidden]
        if not shown:
            return ()
        evidence = replace(evidence, targets=evidence.targets[shown], views=evidence.views[shown])
        shares = np.round(calibration.shares(evidence.layer, evidence.views), 6)
        figures = np.round(calibration.figures_of(evidence.layer, evidence.views), 6)
        order = sorted(range(len(shares)), key=lambda at: (-figures[at], self._keys[evidence.targets[at]]))
        said = evidence.views[:, : len(calibration.QUICK["words"])].max(axis=1) > 0
        order = [at for at in order if said[at] or shares[at] >= FAINTEST][: max(limit, 0)]
        if not order:
            return ()
        chosen = [int(evidence.targets[at]) for at in order]
        strange = np.array([self._targets[target].kind == "none" for target in evidence.targets])
        signs = calibration.signs(evidence.layer, evidence.views, shares, strange, evidence.known, evidence.telling)
        sure = calibration.sure(evidence.layer, signs)
        if not evidence.known and evidence.layer == "words":
            sure = min(sure, UNKNOWN)
        reasons = self._words.reasons(evidence.terms, chosen)
        hits = []
        for rank, (at, target) in enumerate(zip(order, chosen, strict=True)):
            matched = tuple(dict.fromkeys(evidence.said[word] for word in reasons[rank][:MOST_REASONS]))
            own = sure if rank == 0 else min(sure, 1 - sure) * float(shares[at] / max(1 - shares[order[0]], 1e-9))
            hits.append(Hit(self._keys[target], max(float(shares[at]), FAINTEST), round(own, 3), matched))
        return tuple(hits)

    def nearest(self, text: str, key: str) -> tuple[str, ...]:
        """The ways of asking about a target that come closest to a text, the closest first; none when it is unknown."""
        if key not in self._keys:
            return ()
        target = self._keys.index(key)
        asked, where = self._ways.texts[target], self._ways.layout.starts[target]
        if self._ways.meaning:
            scores = self._ways.meaning.by_text(self._ways.vector(text), np.array([target]))
        else:
            scores = self._ways.spelling.by_text(telling_words(words.split(text)))
        own = scores[where : where + len(asked)]
        order = sorted(range(len(asked)), key=lambda at: (-round(float(own[at]), 6), asked[at]))
        return tuple(asked[at] for at in order[:MOST_NEAREST] if own[at] > 0)

    def _terms(self, said: Sequence[str], english: float, *, unfinished: bool) -> list[Term]:
        shares: dict[Lang, float] = {"fr": _share(1 - english), "en": _share(english)}
        best: dict[str, Term] = {}
        for rank in range(len(said)):
            last = unfinished and rank == len(said) - 1
            for lang, share in shares.items():
                for other, worth in self._readings(said, rank, lang, last=last):
                    for feature in _features([other], lang):
                        weight = worth * share
                        if feature in self._words and (feature not in best or best[feature].weight < weight):
                            best[feature] = Term(feature, weight, rank)
        return list(best.values())

    def _readings(self, said: Sequence[str], rank: int, lang: Lang, *, last: bool) -> Iterable[tuple[str, float]]:
        """What a said word may stand for: itself, its synonym, a slip, the beginning of a word."""
        word = said[rank]
        yield word, 1.0
        for size in (1, 2, 3):
            phrase = tuple(words.stem(part, lang) for part in said[rank : rank + size])
            for meaning in self._meanings[lang].get(phrase, ()):
                yield meaning, MEANT
        small = any(word in STOPWORDS[each] for each in LANGUAGES)
        alone = len(said) == 1 and len(word) > 2
        if not small and word not in self._lexicon:
            for near in self._lexicon.near(word):
                yield near, REPAIRED
        if last and len(word) > 1 and (alone or (not small and word not in self._lexicon)):
            for longer in self._lexicon.starting_with(word):
                yield longer, BEGUN

    def _known(self, telling: Sequence[str]) -> int:
        """How many telling words the index has met, or would meet once typed to their end."""
        met = sum(word in self._lexicon for word in telling)
        unfinished = bool(telling) and telling[-1] not in self._lexicon
        return met + int(unfinished and bool(self._lexicon.starting_with(telling[-1], 1)))


def asked(targets: Iterable[Target]) -> list[str]:
    """The ways of asking of these targets, in order."""
    return [text for target in targets for text in _ways(target)]


def _texts(target: Target) -> tuple[Text, ...]:
    return target.texts or (("fr", target.key, 1.0),)


def _ways(target: Target) -> list[str]:
    texts = _texts(target)
    return [text for _, text, weight in texts if weight == 1] or [texts[0][1]]


def _words(target: Target) -> Words:
    """The words of a target's texts, ready to be weighed with those of the others."""
    features: list[str] = []
    rows: list[tuple[float, float, float]] = []
    telling: set[str] = set()
    for at, (tag, text, weight) in enumerate(_texts(target)):
        said = words.split(text)
        telling.update(telling_words(said))
        for feature, times in Counter(_features(said, clean(tag))).items():
            features.append(intern(feature))
            rows.append((at, times, weight))
    asked = [plain(text) for _, text, weight in _texts(target) if weight >= 1]
    codes, held = np.unique(sayings(asked)[1], return_counts=True)
    table = np.array(rows, np.float64).reshape(-1, 3)
    return Words(tuple(features), table, frozenset(telling), (codes, held), len(asked))


def _features(said: Iterable[str], lang: Lang) -> list[str]:
    return [f"{lang}:{words.stem(word, lang)}" for word in said if word not in STOPWORDS[lang]]


def _faded(figures: Scores, fade: float) -> Scores:
    """One figure a row out of its figures, best first, each counting `fade` times the one before."""
    return np.asarray((1 - fade) * (figures * fade ** np.arange(figures.shape[1])).sum(axis=1))


def _share(likelihood: float) -> float:
    return OTHER_LANGUAGE + (1 - OTHER_LANGUAGE) * min(1.0, 2 * likelihood)


def _meanings(synonyms: Synonyms) -> dict[Lang, dict[tuple[str, ...], list[str]]]:
    return {
        lang: {tuple(words.stems(word, lang)): words.split(meaning) for word, meaning in synonyms.get(lang, {}).items()}
        for lang in LANGUAGES
    }
