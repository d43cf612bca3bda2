"""How much two messages resemble each other, and the hash of everything the engine learns from."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256

from parvis.lib import words

GRAM = 4
LEARNED = ("tune", "improve")  # splits that may be read and learned from; the others are only scored


def grams(text: str) -> Counter[str]:
    """The character 4-grams of the folded words of a message, joined by single spaces."""
    plain = f" {' '.join(words.split(text))} "
    return Counter(plain[at : at + GRAM] for at in range(max(len(plain) - GRAM + 1, 1)))


def likeness(item: Counter[str], other: Counter[str]) -> float:
    """Dice's coefficient of the 4-grams: 1 for the same words in the same order, 0 for nothing in common."""
    return 2 * (item & other).total() / max(item.total() + other.total(), 1)


class Exam:
    """Held-out messages, by the 4-grams they hold: tells quickly how much a text resembles the nearest."""

    def __init__(self, messages: Iterable[str], least: int = 4) -> None:
        result = [grams(message) for message in messages]
        self._held = [item for item in result if item.total() >= least]
        self._where: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for at, outcome in enumerate(self._held):
            for gram, times in outcome.items():
                self._where[gram].append((at, times))

    def __len__(self) -> int:
        return len(self._held)

    def nearest(self, text: str) -> float:
        """The likeness of a text and the message that resembles it most."""
        own = grams(text)
        common: dict[int, int] = defaultdict(int)
        for gram, times in own.items():
            for at, others in self._where.get(gram, ()):
                common[at] += min(times, others)
        size = own.total()
        return max((2 * count / (size + self._held[at].total()) for at, count in common.items()), default=0.0)


def frozen(entries: Sequence[tuple[str, str, str]]) -> str:
    """The hash of ways of asking, each (target, language, text), in whatever order they come."""
    return sha256("\n".join(sorted({"\t".join(entry) for entry in entries})).encode()).hexdigest()
