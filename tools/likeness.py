"""Similarity of two messages, and the hash of the training data of the answer engine."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256

from parvis.lib import words

GRAM = 4
LEARNED = ("tune", "improve")  # splits that may be read and used for training; the others are only scored


def grams(text: str) -> Counter[str]:
    """The character 4-grams of the folded words of a message, joined by single spaces."""
    plain = f" {' '.join(words.split(text))} "
    return Counter(plain[at : at + GRAM] for at in range(max(len(plain) - GRAM + 1, 1)))


def likeness(grams_of_text: Counter[str], other: Counter[str]) -> float:
    """Dice's coefficient of the 4-grams: 1 for the same words in the same order, 0 for nothing in common."""
    return 2 * (grams_of_text & other).total() / max(grams_of_text.total() + other.total(), 1)


class Exam:
    """Held-out messages indexed by 4-gram: a fast similarity of a text to the nearest of them."""

    def __init__(self, messages: Iterable[str], least: int = 4) -> None:
        counts = [grams(message) for message in messages]
        self._held = [count for count in counts if count.total() >= least]
        self._where: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for at, count in enumerate(self._held):
            for gram, times in count.items():
                self._where[gram].append((at, times))

    def __len__(self) -> int:
        return len(self._held)

    def nearest(self, text: str) -> float:
        """The similarity of a text to the most similar message; 0 without any."""
        own = grams(text)
        common: dict[int, int] = defaultdict(int)
        for gram, times in own.items():
            for at, others in self._where.get(gram, ()):
                common[at] += min(times, others)
        size = own.total()
        return max((2 * count / (size + self._held[at].total()) for at, count in common.items()), default=0.0)


def frozen(entries: Sequence[tuple[str, str, str]]) -> str:
    """The hash of example questions (target, language, text), independent of their order."""
    return sha256("\n".join(sorted({"\t".join(entry) for entry in entries})).encode()).hexdigest()
