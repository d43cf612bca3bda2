"""The similarity of two cases, with explainable reasons. Pure: plain values only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

SAME_PLACE = 120  # metres
ENOUGH = 50
SHORTEST = 4  # letters of a significant word


class Reason(StrEnum):
    """One thing that two cases have in common."""

    PERSON = "person"
    SPOT = "spot"  # the same address, or the same point within a few steps
    NEAR = "near"
    STREET = "street"
    SUBJECT = "subject"
    SIBLING = "sibling"
    WORDS = "words"
    CLOSED = "closed"  # closed lately


@dataclass(frozen=True)
class Traits:
    """What is compared; `metres` is the distance between both, None when unknown."""

    metres: float | None = None
    same_address: bool = False
    same_street: bool = False
    same_subject: bool = False
    sibling: bool = False
    same_person: bool = False
    shared: Sequence[str] = ()
    words: int = 0  # significant words of the shorter text
    closed: bool = False


@dataclass(frozen=True)
class Similarity:
    """A score from 0 to 100 and its reasons, the strongest first."""

    score: int
    reasons: tuple[Reason, ...]

    @property
    def enough(self) -> bool:
        """Whether the score is high enough to be shown."""
        return self.score >= ENOUGH


def similarity(traits: Traits) -> Similarity:
    """The place counts for up to 40 points, the subject 30, the words 20, the person 25; a closed case loses 10."""
    scores: list[tuple[int, Reason]] = [*_place(traits), *_subject(traits)]
    if traits.same_person:
        scores.append((25, Reason.PERSON))
    if traits.shared and traits.words:
        scores.append((max(5, round(20 * len(traits.shared) / traits.words)), Reason.WORDS))
    if traits.closed:
        scores.append((-10, Reason.CLOSED))
    scores.sort(key=lambda score: -score[0])
    return Similarity(max(0, min(100, sum(points for points, _ in scores))), tuple(reason for _, reason in scores))


def _place(traits: Traits) -> list[tuple[int, Reason]]:
    if traits.same_address or (traits.metres is not None and traits.metres <= 10):
        return [(40, Reason.SPOT)]
    if traits.metres is not None and traits.metres <= SAME_PLACE:
        return [(round(35 - 15 * traits.metres / SAME_PLACE), Reason.NEAR)]
    return [(10, Reason.STREET)] if traits.same_street else []


def _subject(traits: Traits) -> list[tuple[int, Reason]]:
    if traits.same_subject:
        return [(30, Reason.SUBJECT)]
    return [(15, Reason.SIBLING)] if traits.sibling else []


def shared(words: Iterable[str], others: Iterable[str]) -> tuple[list[str], int]:
    """The significant words that both texts share, in the order of the first, and the count of the shorter text."""
    first, second = ([word for word in dict.fromkeys(text) if len(word) >= SHORTEST] for text in (words, others))
    return [word for word in first if word in set(second)], min(len(first), len(second))
