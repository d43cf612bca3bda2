"""How much two requests look alike, for reasons that can be said. Pure: plain values only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

SAME_PLACE = 120  # metres
ENOUGH = 50
SHORTEST = 4  # letters of a word that tells something


class Reason(StrEnum):
    """One thing that two requests have in common."""

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
    """What is compared: both in metres from each other (None: not known), same address or street, subject, words."""

    metres: float | None = None
    same_address: bool = False
    same_street: bool = False
    same_subject: bool = False
    sibling: bool = False
    same_person: bool = False
    shared: Sequence[str] = ()
    words: int = 0  # how many telling words the shorter of both has
    closed: bool = False


@dataclass(frozen=True)
class Similarity:
    """How much they look alike, from 0 to 100, and why, the strongest reason first."""

    score: int
    reasons: tuple[Reason, ...]

    @property
    def enough(self) -> bool:
        """Whether it is worth showing to someone."""
        return self.score >= ENOUGH


def similarity(traits: Traits) -> Similarity:
    """The place counts for 40 at most, the subject 30, the words 20, the person 25; closed takes 10 away."""
    result: list[tuple[int, Reason]] = [*_place(traits), *_subject(traits)]
    if traits.same_person:
        result.append((25, Reason.PERSON))
    if traits.shared and traits.words:
        result.append((max(5, round(20 * len(traits.shared) / traits.words)), Reason.WORDS))
    if traits.closed:
        result.append((-10, Reason.CLOSED))
    result.sort(key=lambda item: -item[0])
    return Similarity(max(0, min(100, sum(points for points, _ in result))), tuple(reason for _, reason in result))


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
    """The telling words that two texts share, in the order of the first, and how many the shorter of both has."""
    result, other = ([word for word in dict.fromkeys(text) if len(word) >= SHORTEST] for text in (words, others))
    return [word for word in result if word in set(other)], min(len(result), len(other))
