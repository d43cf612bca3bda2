"""The lexical answer engine: which targets a citizen's words are about, how surely, and whether they tell a danger.

Everything is built once, at construction; a search only reads. It is deterministic: scores are rounded and ties broken
by key. The constants were set on the tuning half of the project's sample of messages, never on the held-out half.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from parvis.knowledge.lexicon import Lexicon
from parvis.knowledge.scoring import Document, SpellingScores, TargetScores, Term, VariantScores
from parvis.knowledge.text import STOPWORDS, Synonyms, Understood, english_share, understood
from parvis.lib import words
from parvis.lib.languages import LANGUAGES, Lang, clean

Kind = Literal["answer", "route", "both", "none"]
Text = tuple[str, str, float]

VARIANT_SHARE, TARGET_SHARE, SPELLING_SHARE = 0.23, 0.32, 0.45
VARIANT_FADE, SPELLING_FADE = 0.6, 0.8
REPAIRED, BEGUN, MEANT, OTHER_LANGUAGE = 0.7, 0.6, 0.8, 0.3
MOST_WORDS, MOST_REASONS = 150, 5
SURE_START, SURE_LEAD, SURE_KNOWN, MOST_KNOWN = -3.43, 15.8, 1.97, 8


@dataclass(frozen=True)
class Target:
    """Something the town can answer or route, or that belongs to somebody else ("none").

    `texts` are (language, text, weight): the ways people ask, titles, aliases. An ordinary variant weighs 1.
    """

    key: str
    kind: Kind
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class Hit:
    """A target found: its score, which only orders; how sure, from 0 to 1; the said words that found it."""

    key: str
    score: float
    confidence: float
    matched: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """Hits, best first; the language read; whether words of danger were said; what can be shown as understood."""

    hits: tuple[Hit, ...]
    lang: Lang
    danger: bool
    understood: tuple[Understood, ...]


class Index:
    """Targets made searchable, with the town's synonyms and its words of danger, both by language.

    ValueError when two targets share a key.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        synonyms: Synonyms | None = None,
        dangers: Mapping[Lang, Sequence[str]] | None = None,
    ) -> None:
        self._keys = [target.key for target in targets]
        if len(set(self._keys)) < len(self._keys):
            raise ValueError("two targets of an index share a key")
        self._synonyms = synonyms or {}
        self._meanings = _meanings(self._synonyms)
        self._dangers = [
            (lang, words.stems(phrase, lang)) for lang in LANGUAGES for phrase in (dangers or {}).get(lang, ())
        ]
        documents, spelled = [], []
        for at, target in enumerate(targets):
            for tag, text, weight in target.texts:
                said, lang = words.split(text), clean(tag)
                documents.append(Document(at, Counter(_features(said, lang)), weight))
                spelled.append(_telling(said))
        self._lexicon = Lexicon(word for said in spelled for word in said)
        self._variants = VariantScores(documents, VARIANT_FADE)
        self._targets = TargetScores(documents)
        self._spelling = SpellingScores(spelled, documents, SPELLING_FADE)

    def search(self, text: str, lang: str | None = None, limit: int = 8) -> Result:
        """The best targets for a text, `limit` at most. Without `lang` the language is guessed from the text.

        Variants of both languages count, those of the other language less. A last word that is not known yet matches
        by its beginning, so that hits come while someone types. Only the first 150 words are read.
        """
        english = english_share(text) if lang is None else float(clean(lang) == "en")
        code: Lang = "en" if english > 0.5 else "fr"
        said = words.split(text)[:MOST_WORDS]
        terms = self._terms(said, english, unfinished=text[-1:].isalnum())
        scores: dict[int, float] = {}
        for share, found in (
            (VARIANT_SHARE, self._variants.score(terms)),
            (TARGET_SHARE, self._targets.score(terms)),
            (SPELLING_SHARE, self._spelling.score(_telling(said))),
        ):
            for target, score in found.items():
                scores[target] = scores.get(target, 0.0) + share * score
        return Result(
            hits=self._hits(scores, terms, said, limit),
            lang=code,
            danger=self.is_danger(text),
            understood=tuple(understood(text, self._synonyms, code)),
        )

    def is_danger(self, text: str) -> bool:
        """Whether the town's words of danger are said, in either language.

        Words match whatever their endings; in a phrase of three words or more, two other words may slip in.
        """
        said = {lang: words.stems(text, lang) for lang in LANGUAGES}
        return any(_told(said[lang], phrase) for lang, phrase in self._dangers)

    def _terms(self, said: Sequence[str], english: float, *, unfinished: bool) -> list[Term]:
        shares: dict[Lang, float] = {"fr": _share(1 - english), "en": _share(english)}
        best: dict[str, Term] = {}
        for rank in range(len(said)):
            last = unfinished and rank == len(said) - 1
            for lang, share in shares.items():
                for other, worth in self._readings(said, rank, lang, last=last):
                    for feature in _features([other], lang):
                        weight = worth * share
                        if feature in self._targets and (feature not in best or best[feature].weight < weight):
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

    def _hits(
        self, scores: Mapping[int, float], terms: Sequence[Term], said: Sequence[str], limit: int
    ) -> tuple[Hit, ...]:
        ranked = sorted(
            ((round(score, 6), self._keys[target], target) for target, score in scores.items() if score > 0),
            key=lambda found: (-found[0], found[1]),
        )
        hits, known = [], self._known(said)
        for rank, (score, key, target) in enumerate(ranked[: max(limit, 0)]):
            rival = ranked[0][0] if rank else (ranked[1][0] if len(ranked) > 1 else 0.0)
            reasons = self._targets.reasons(terms, target)[:MOST_REASONS]
            matched = tuple(dict.fromkeys(said[word] for word in reasons))
            hits.append(Hit(key, score, _sure(score - rival, known), matched))
        return tuple(hits)

    def _known(self, said: Sequence[str]) -> int:
        """How many telling words the index has met, or would meet once typed to their end."""
        telling = _telling(said)
        met = sum(word in self._lexicon for word in telling)
        unfinished = bool(telling) and telling[-1] not in self._lexicon
        return met + int(unfinished and bool(self._lexicon.starting_with(telling[-1], 1)))


def _features(said: Iterable[str], lang: Lang) -> list[str]:
    return [f"{lang}:{words.stem(word, lang)}" for word in said if word not in STOPWORDS[lang]]


def _telling(said: Iterable[str]) -> list[str]:
    return [word for word in said if not any(word in STOPWORDS[lang] for lang in LANGUAGES)]


def _share(likelihood: float) -> float:
    return OTHER_LANGUAGE + (1 - OTHER_LANGUAGE) * min(1.0, 2 * likelihood)


def _sure(lead: float, known: int) -> float:
    """A logistic of the lead over the best other target (negative for those that follow) and of the words known.

    Set on the tuning messages, those that no target answers included; the score itself added nothing there.
    """
    evidence = SURE_START + SURE_LEAD * lead + SURE_KNOWN * math.log1p(min(known, MOST_KNOWN))
    return round(1 / (1 + math.exp(-evidence)), 3)


def _meanings(synonyms: Synonyms) -> dict[Lang, dict[tuple[str, ...], list[str]]]:
    return {
        lang: {tuple(words.stems(word, lang)): words.split(meaning) for word, meaning in synonyms.get(lang, {}).items()}
        for lang in LANGUAGES
    }


def _told(said: Sequence[str], phrase: Sequence[str]) -> bool:
    slack = 2 if len(phrase) > 2 else 0
    starts = [at for at, word in enumerate(said) if phrase and word == phrase[0]]
    return any(_in_order(said[at : at + len(phrase) + slack], phrase) for at in starts)


def _in_order(window: Sequence[str], phrase: Sequence[str]) -> bool:
    rest = iter(window)
    return all(word in rest for word in phrase)
