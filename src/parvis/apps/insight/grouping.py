"""Which questions are one question: by the subject they come closest to, and by their telling words. Pure.

Deterministic: the same questions in the same order make the same groups. What counts as a telling word is what the
engine says (`knowledge.text`); a stem is that of `lib.words`. A word that the town's own ways of asking use everywhere
(permit, cost) brings two questions together less than one that they never use (hens).
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from parvis.apps.knowledge.text import Understood, telling_words
from parvis.lib import words
from parvis.lib.languages import Lang

SAME_SUBJECT, ANY_SUBJECT = 0.3, 0.4  # how alike two questions must be, of one subject or of two
MOST_STEMS = 60  # kept of a group


@dataclass
class Group:
    """A group in the making: its subject, how many of its questions hold each stem, how many they are."""

    near: int | None
    stems: dict[str, int]
    count: int

    def add(self, stems: Iterable[str]) -> None:
        """One more question."""
        self.count += 1
        for stem in stems:
            self.stems[stem] = self.stems.get(stem, 0) + 1
        if len(self.stems) > MOST_STEMS:
            kept = sorted(self.stems.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_STEMS]
            self.stems = dict(kept)


def stems_of(text: str, lang: Lang, understood: Iterable[Understood] = ()) -> frozenset[str]:
    """The stems of the telling words of a question; a word of the town's synonyms counts as what it means."""
    said = telling_words(words.split(text))
    for item in understood:
        if item.kind == "synonym":
            said += words.split(item.meaning)
    return frozenset(words.stem(word, lang) for word in said)


class Rarity:
    """How much a stem weighs: 1 when every text where it could be met holds it, more when fewer do."""

    def __init__(self, texts: Iterable[tuple[str, Lang]] = ()) -> None:
        self._texts, self._held = 0, Counter[str]()
        for text, lang in texts:
            self._texts += 1
            self._held.update(stems_of(text, lang))

    def of(self, stem: str) -> float:
        """The weight of one stem."""
        return 1 + math.log((1 + self._texts) / (1 + self._held[stem]))


def alike(stems: frozenset[str], group: Group, rarity: Rarity) -> float:
    """From 0 to 1: the share of the weight of their stems that a question and a group have in common.

    A stem of the group weighs as much as the share of its questions that hold it. 1 when neither has any stem.
    """
    if not stems and not group.stems:
        return 1.0
    here = {stem: rarity.of(stem) * held / group.count for stem, held in sorted(group.stems.items())}
    met = sum(here.get(stem, 0.0) for stem in sorted(stems))
    return round(2 * met / (sum(rarity.of(stem) for stem in sorted(stems)) + sum(here.values())), 6)


def home_of(near: int | None, stems: frozenset[str], groups: Mapping[int, Group], rarity: Rarity) -> int | None:
    """The number of the group that a question belongs to, the most alike, then the oldest; None: it opens its own."""
    best, home = 0.0, None
    for number in sorted(groups):
        group = groups[number]
        likeness = alike(stems, group, rarity)
        enough = SAME_SUBJECT if group.near == near else ANY_SUBJECT
        if not stems and group.near != near:
            continue
        if likeness >= enough and likeness > best:
            best, home = likeness, number
    return home
