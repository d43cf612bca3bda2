"""The matching engine: which targets a message is about, with what confidence, and whether it tells of a danger.

Everything is built at construction; a search only reads. It is deterministic: scores are rounded and ties broken by
key. Answers, kinds of request and out-of-scope topics share one index and are ranked together. The weight of each view
was fitted by `tools/fit_engine.py`, never on held-out messages: see `calibration`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from sys import intern
from typing import Literal

import numpy as np

from parvis.apps.matching.rules import calibration
from parvis.apps.matching.rules.danger.town_words import Dangers
from parvis.apps.matching.rules.encoder import Encoder, Vectors
from parvis.apps.matching.rules.example_features import MOST_WORDS, ExampleFeatures, encoded, plain
from parvis.apps.matching.rules.grams import Numbers, sayings
from parvis.apps.matching.rules.lexicon import Lexicon
from parvis.apps.matching.rules.scoring import Layout, OddsScores, Scores, Term, Words, WordScores
from parvis.apps.matching.rules.text import STOPWORDS, Synonyms, Understood, english_share, telling_words, understood
from parvis.lib import words
from parvis.lib.i18n.languages import LANGUAGES, Lang, clean

Kind = Literal["answer", "route", "both", "none", "danger", "calm"]
Text = tuple[str, str, float]

REPAIRED, BEGUN, MEANT, OTHER_LANGUAGE = 0.7, 0.6, 0.8, 0.3
MOST_REASONS, MOST_NEAREST, MOST_CANDIDATES = 5, 3, 32
FAINTEST = 0.000001
UNKNOWN = 0.1  # the highest confidence by words alone when no telling word is known
LEAST_MEANT = 2  # words; below, meaning adds nothing to the words
DANGER, LEAST_SAID = 0.06, 3  # likelihood that makes a danger; fewest words of a danger message


@dataclass(frozen=True)
class Target:
    """Something the town can answer or route, or an out-of-scope topic ("none").

    "danger" holds messages that tell of a danger, "calm" some that only sound like it: both are weighed with the others
    and never returned as hits.

    `texts` are (language, text, weight): example questions, titles, aliases. An example weighs 1. A text of another
    weight is not an example: its words count more or less than those of an example, but not its meaning as a whole, nor
    the odds of its words when it weighs less.
    """

    key: str
    kind: Kind
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class Hit:
    """A target found: `score` is its share of the likelihood, for ordering only; `confidence` runs from 0 to 1.

    `matched` are the words of the message that found it, `nearest` the closest example questions.
    """

    key: str
    score: float
    confidence: float
    matched: tuple[str, ...]
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """Hits, best first; the language detected; whether the message tells of a danger; what to show as understood.

    `danger_share` is the share of the likelihood, from 0 to 1, held by the danger examples.
    """

    hits: tuple[Hit, ...]
    lang: Lang
    danger: bool
    understood: tuple[Understood, ...]
    danger_share: float = 0.0


@dataclass(frozen=True)
class Evidence:
    """The views of the likeliest targets: one row of `views` per target, one column per view of the layer.

    `known` of the `telling` words of the message are in the index.
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
    """A searchable set of targets, with the town's synonyms and danger phrases, both by language.

    `encoder` adds meaning; `vectors` returns the vectors of texts, from a store if any. The `before` index lends
    whatever did not change, so that a few new texts cost little. Raises ValueError when two targets share a key.
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
        self._hidden = {rank for rank, target in enumerate(targets) if target.kind in ("danger", "calm")}
        self._synonyms = synonyms or {}
        self._meanings = _meanings(self._synonyms)
        self._dangers = Dangers(dangers or {})
        previous: dict[Target, Words] = before._made if before is not None else {}
        self._made: dict[Target, Words] = {target: previous.get(target) or _words(target) for target in targets}
        self._layout = Layout([len(_texts(target)) for target in targets])
        self._words = WordScores([self._made[target] for target in targets], self._layout)
        self._odds = OddsScores([self._made[target] for target in targets])
        known = {word for own in self._made.values() for word in own.telling}
        old = before._lexicon if before is not None else None
        self._lexicon: Lexicon = old if old is not None and old.holds_just(known) else Lexicon(known, old)
        examples = [_examples(target) for target in targets]
        self._ways: ExampleFeatures = ExampleFeatures.of(
            examples, encoder, vectors, before._ways if before is not None else None
        )

    def set_encoder(self, encoder: Encoder | None) -> None:
        """Set the encoder of this process on an index that was stored without it."""
        self._ways.set_encoder(encoder)

    def built_from(self, targets: Sequence[Target], synonyms: Synonyms, encoder: Encoder | None) -> bool:
        """Whether this index was built from exactly these inputs."""
        return (self._targets, self._synonyms, self._ways.encoder) == (tuple(targets), synonyms, encoder)

    def encoded_texts(self) -> list[str]:
        """The texts whose vectors this index needs, normalised for the encoder."""
        return encoded(asked(self._targets))

    def holds(self, text: str) -> bool:
        """Whether the index has the vector of this example."""
        return self._ways.meaning is not None and self._ways.meaning.holds(text)

    def vectors(self) -> Vectors | None:
        """The vectors of `asked`, in the same order; None without an encoder."""
        return self._ways.meaning.vectors() if self._ways.meaning else None

    def search(self, text: str, lang: str | None = None, limit: int = 8) -> Result:
        """The best targets for a text, at most `limit`. Without `lang` the language is guessed from the text.

        Texts of both languages count, those of the other language less. An unknown last word matches by prefix, so that
        hits come while someone types. Only the first 150 words are read.
        """
        evidence = self.evidence(text, lang)
        danger_share = self._danger_share(evidence)
        return Result(
            hits=self._hits(evidence, limit),
            lang=evidence.lang,
            danger=self._dangers.matches(text) or danger_share >= DANGER,
            understood=tuple(understood(text, self._synonyms, evidence.lang)),
            danger_share=danger_share,
        )

    def danger_share(self, text: str) -> float:
        """The share of the likelihood, from 0 to 1, held by the danger examples."""
        return self._danger_share(self.evidence(text))

    def _danger_share(self, evidence: Evidence) -> float:
        if not self._hidden or not len(evidence.targets) or len(evidence.said) < LEAST_SAID:
            return 0.0
        shares = calibration.shares(evidence.layer, evidence.views)
        kinds = [self._targets[target].kind for target in evidence.targets]
        danger = sum(share for share, kind in zip(shares, kinds, strict=True) if kind == "danger")
        return round(float(danger), 6)

    def search_by_words(self, text: str, lang: str | None = None) -> Hit | None:
        """The best target by words alone, which costs little; None when no word is known."""
        hits = self._hits(self.evidence(text, lang, by_words=True), 1)
        return hits[0] if hits else None

    def evidence(self, text: str, lang: str | None = None, *, by_words: bool = False) -> Evidence:
        """The views of the candidate targets; no targets when no word is known."""
        english = english_share(text) if lang is None else float(clean(lang) == "en")
        code: Lang = "en" if english > 0.5 else "fr"
        tokens = words.split(text)[:MOST_WORDS]
        meaning = self._ways.meaning if len(tokens) >= LEAST_MEANT and not by_words else None
        layer: calibration.Layer = "meaning" if meaning else "words"
        telling = telling_words(tokens)
        terms = self._terms(tokens, english, unfinished=text[-1:].isalnum())
        known = self._known(telling)
        spelled = self._ways.spelling.by_text(telling)
        if not self._keys or not (terms or known or spelled.any()):
            nothing = np.zeros(0, np.int64), np.zeros((0, 0))
            return Evidence(layer, tuple(tokens), (), code, *nothing, known, len(telling))
        by_text, by_target = self._words.by_text(terms), self._words.by_target(terms)
        views = [
            self._layout.best(by_text),
            by_target,
            self._ways.layout.best(spelled),
            self._ways.turns.by_target(tokens),
            self._odds.by_target(plain(text)),
            self._words.by_title(terms),
        ]
        vector = self._ways.vector(text) if meaning else None
        if meaning and vector is not None:
            views += meaning.by_target(vector)
        targets = self._likeliest(layer, np.stack(views, axis=1))
        rows = [*(view[targets] for view in views), _fade(self._layout.top(by_text, targets, 5), 0.6)]
        rows.append(_fade(self._ways.layout.top(spelled, targets, 8), 0.8))
        if meaning and vector is not None:
            close = meaning.layout.top(meaning.by_text(vector, targets), targets, 8)
            rows += [close[:, 0], close[:, :3].mean(axis=1), close.mean(axis=1)]
        return Evidence(layer, tuple(tokens), tuple(terms), code, targets, np.stack(rows, axis=1), known, len(telling))

    def key_of(self, target: int) -> str:
        """The key of a target of `Evidence`."""
        return self._keys[target]

    def _likeliest(self, layer: calibration.Layer, views: Scores) -> Numbers:
        """The candidate targets, in key order: all of a small town's, the best of a large one's."""
        scores = np.round(calibration.quick(layer, views), 6)
        order = sorted(range(len(scores)), key=lambda target: (-scores[target], self._keys[target]))
        chosen = {*order[:MOST_CANDIDATES], *self._hidden}
        return np.array(sorted(chosen, key=lambda target: self._keys[target]), np.int64)

    def _hits(self, evidence: Evidence, limit: int) -> tuple[Hit, ...]:
        shown = [row for row, target in enumerate(evidence.targets) if target not in self._hidden]
        if not shown:
            return ()
        evidence = replace(evidence, targets=evidence.targets[shown], views=evidence.views[shown])
        shares = np.round(calibration.shares(evidence.layer, evidence.views), 6)
        figures = np.round(calibration.figures_of(evidence.layer, evidence.views), 6)
        order = sorted(range(len(shares)), key=lambda row: (-figures[row], self._keys[evidence.targets[row]]))
        matches = evidence.views[:, : len(calibration.QUICK["words"])].max(axis=1) > 0
        order = [row for row in order if matches[row] or shares[row] >= FAINTEST][: max(limit, 0)]
        if not order:
            return ()
        chosen = [int(evidence.targets[row]) for row in order]
        foreign = np.array([self._targets[target].kind == "none" for target in evidence.targets])
        signs = calibration.signs(evidence.layer, evidence.views, shares, foreign, evidence.known, evidence.telling)
        confidence = calibration.sure(evidence.layer, signs)
        if not evidence.known and evidence.layer == "words":
            confidence = min(confidence, UNKNOWN)
        reasons = self._words.reasons(evidence.terms, chosen)
        hits = []
        for rank, (row, target) in enumerate(zip(order, chosen, strict=True)):
            matched = tuple(dict.fromkeys(evidence.said[word] for word in reasons[rank][:MOST_REASONS]))
            sure = confidence
            if rank > 0:
                sure = min(confidence, 1 - confidence) * float(shares[row] / max(1 - shares[order[0]], 1e-9))
            hits.append(Hit(self._keys[target], max(float(shares[row]), FAINTEST), round(sure, 3), matched))
        return tuple(hits)

    def nearest(self, text: str, key: str) -> tuple[str, ...]:
        """The closest examples of a target, closest first; empty for an unknown key."""
        if key not in self._keys:
            return ()
        target = self._keys.index(key)
        examples, start = self._ways.texts[target], self._ways.layout.starts[target]
        if self._ways.meaning:
            scores = self._ways.meaning.by_text(self._ways.vector(text), np.array([target]))
        else:
            scores = self._ways.spelling.by_text(telling_words(words.split(text)))
        own = scores[start : start + len(examples)]
        order = sorted(range(len(examples)), key=lambda rank: (-round(float(own[rank]), 6), examples[rank]))
        return tuple(examples[rank] for rank in order[:MOST_NEAREST] if own[rank] > 0)

    def _terms(self, tokens: Sequence[str], english: float, *, unfinished: bool) -> list[Term]:
        shares: dict[Lang, float] = {"fr": _share(1 - english), "en": _share(english)}
        terms: dict[str, Term] = {}
        for rank in range(len(tokens)):
            last = unfinished and rank == len(tokens) - 1
            for lang, share in shares.items():
                for reading, worth in self._readings(tokens, rank, lang, last=last):
                    for feature in _features([reading], lang):
                        weight = worth * share
                        if feature in self._words and (feature not in terms or terms[feature].weight < weight):
                            terms[feature] = Term(feature, weight, rank)
        return list(terms.values())

    def _readings(self, tokens: Sequence[str], rank: int, lang: Lang, *, last: bool) -> Iterable[tuple[str, float]]:
        """What a word may stand for, with its weight: itself, a synonym, a repaired slip, a prefix match."""
        word = tokens[rank]
        yield word, 1.0
        for size in (1, 2, 3):
            phrase = tuple(words.stem(part, lang) for part in tokens[rank : rank + size])
            for meaning in self._meanings[lang].get(phrase, ()):
                yield meaning, MEANT
        is_stopword = any(word in STOPWORDS[stopword_lang] for stopword_lang in LANGUAGES)
        is_only_word = len(tokens) == 1 and len(word) > 2
        if not is_stopword and word not in self._lexicon:
            for similar in self._lexicon.near(word):
                yield similar, REPAIRED
        if last and len(word) > 1 and (is_only_word or (not is_stopword and word not in self._lexicon)):
            for longer in self._lexicon.starting_with(word):
                yield longer, BEGUN

    def _known(self, telling: Sequence[str]) -> int:
        """How many telling words are in the index, counting an unfinished last word that begins a known one."""
        known = sum(word in self._lexicon for word in telling)
        unfinished = bool(telling) and telling[-1] not in self._lexicon
        return known + int(unfinished and bool(self._lexicon.starting_with(telling[-1], 1)))


def asked(targets: Iterable[Target]) -> list[str]:
    """The example questions of these targets, in order."""
    return [text for target in targets for text in _examples(target)]


def _texts(target: Target) -> tuple[Text, ...]:
    return target.texts or (("fr", target.key, 1.0),)


def _examples(target: Target) -> list[str]:
    texts = _texts(target)
    return [text for _, text, weight in texts if weight == 1] or [texts[0][1]]


def _words(target: Target) -> Words:
    """The words of a target's texts, ready to be weighed against the other targets."""
    features: list[str] = []
    rows: list[tuple[float, float, float]] = []
    telling: set[str] = set()
    for rank, (language, text, weight) in enumerate(_texts(target)):
        text_words = words.split(text)
        telling.update(telling_words(text_words))
        for feature, times in Counter(_features(text_words, clean(language))).items():
            features.append(intern(feature))
            rows.append((rank, times, weight))
    stems = [plain(text) for _, text, weight in _texts(target) if weight >= 1]
    codes, counts = np.unique(sayings(stems)[1], return_counts=True)
    table = np.array(rows, np.float64).reshape(-1, 3)
    return Words(tuple(features), table, frozenset(telling), (codes, counts), len(stems))


def _features(text_words: Iterable[str], lang: Lang) -> list[str]:
    return [f"{lang}:{words.stem(word, lang)}" for word in text_words if word not in STOPWORDS[lang]]


def _fade(figures: Scores, fade: float) -> Scores:
    """The weighted mean of each row's scores, best first, each counting `fade` times the one before."""
    return np.asarray((1 - fade) * (figures * fade ** np.arange(figures.shape[1])).sum(axis=1))


def _share(likelihood: float) -> float:
    return OTHER_LANGUAGE + (1 - OTHER_LANGUAGE) * min(1.0, 2 * likelihood)


def _meanings(synonyms: Synonyms) -> dict[Lang, dict[tuple[str, ...], list[str]]]:
    return {
        lang: {tuple(words.stems(word, lang)): words.split(meaning) for word, meaning in synonyms.get(lang, {}).items()}
        for lang in LANGUAGES
    }
