"""Which questions are one question: by the subject they come closest to, and by their telling words. Pure.

Deterministic: the same questions in the same order make the same groups. What counts as a telling word is what the
engine says (`knowledge.text`); a stem is that of `lib.words`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from parvis.knowledge.text import Understood, telling_words
from parvis.lib import words
from parvis.lib.languages import Lang

SAME_SUBJECT, ANY_SUBJECT = 0.34, 0.5  # how alike two questions must be, of one subject or of two
MOST_STEMS = 60  # kept of a group


@dataclass
class Group:
    """A group in the making: its subject, how many of its questions hold each stem, how many they are."""

    near: int | None
    stems: dict[str, int]
    count: int

    @property
    def core(self) -> frozenset[str]:
        """The stems that at least a third of its questions hold."""
        return frozenset(stem for stem, held in self.stems.items() if 3 * held >= self.count)

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
    said = telling_words(text, lang)
    for one in understood:
        if one.kind == "synonym":
            said += words.split(one.meaning)
    return frozenset(words.stem(word, lang) for word in said)


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 to 1: the share of their stems that two questions have in common; 1 when neither has any."""
    if not one and not other:
        return 1.0
    return 2 * len(one & other) / (len(one) + len(other))


def home_of(near: int | None, stems: frozenset[str], groups: Mapping[int, Group]) -> int | None:
    """The number of the group that a question belongs to, the most alike, then the oldest; None: it opens its own."""
    best, found = 0.0, None
    for number in sorted(groups):
        group = groups[number]
        likeness = alike(stems, group.core)
        enough = SAME_SUBJECT if group.near == near else ANY_SUBJECT
        if not stems and group.near != near:
            continue
        if likeness >= enough and likeness > best:
            best, found = likeness, number
    return found
