"""Groups questions that are the same question, by closest subject and by telling words. Pure.

Deterministic: the same questions in the same order make the same groups. Telling words are those of the engine
(`matching.rules.text`), stems those of `lib.words`. A word common in the town's examples (permit, cost) brings two
questions together less than one that they never use (hens).
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from parvis.apps.matching.rules.text import Understood, telling_words
from parvis.lib import words
from parvis.lib.i18n.languages import Lang

SAME_SUBJECT, ANY_SUBJECT = 0.3, 0.4  # the lowest similarity to group, with the same subject or another
MOST_STEMS = 60  # per group


@dataclass
class Group:
    """A group being built: its subject, the number of its questions with each stem, and their total."""

    near: int | None
    stems: dict[str, int]
    count: int

    def add(self, stems: Iterable[str]) -> None:
        """Add a question."""
        self.count += 1
        for stem in stems:
            self.stems[stem] = self.stems.get(stem, 0) + 1
        if len(self.stems) > MOST_STEMS:
            self.stems = dict(sorted(self.stems.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_STEMS])


def stems_of(text: str, lang: Lang, understood: Iterable[Understood] = ()) -> frozenset[str]:
    """The stems of the telling words of a question, with the meanings of the town's synonyms."""
    telling = telling_words(words.split(text))
    for each in understood:
        if each.kind == "synonym":
            telling += words.split(each.meaning)
    return frozenset(words.stem(word, lang) for word in telling)


class Rarity:
    """The weight of a stem: 1 when every text contains it, more when fewer do."""

    def __init__(self, texts: Iterable[tuple[str, Lang]] = ()) -> None:
        self._texts, self._held = 0, Counter[str]()
        for text, lang in texts:
            self._texts += 1
            self._held.update(stems_of(text, lang))

    def of(self, stem: str) -> float:
        """The weight of one stem."""
        return 1 + math.log((1 + self._texts) / (1 + self._held[stem]))


def alike(stems: frozenset[str], group: Group, rarity: Rarity) -> float:
    """The weighted share, from 0 to 1, of the stems that a question and a group have in common.

    A stem of the group weighs the share of its questions with that stem. 1 when neither has any stem.
    """
    if not stems and not group.stems:
        return 1.0
    weights = {stem: rarity.of(stem) * count / group.count for stem, count in sorted(group.stems.items())}
    common = sum(weights.get(stem, 0.0) for stem in sorted(stems))
    return round(2 * common / (sum(rarity.of(stem) for stem in sorted(stems)) + sum(weights.values())), 6)


def home_of(near: int | None, stems: frozenset[str], groups: Mapping[int, Group], rarity: Rarity) -> int | None:
    """The number of the most similar group, then the oldest; None when the question starts its own."""
    best, home = 0.0, None
    for number in sorted(groups):
        group = groups[number]
        if not stems and group.near != near:
            continue
        similarity = alike(stems, group, rarity)
        if similarity >= (SAME_SUBJECT if group.near == near else ANY_SUBJECT) and similarity > best:
            best, home = similarity, number
    return home
