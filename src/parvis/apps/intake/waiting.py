"""The words and the figures of a waiting line. Pure."""

from collections.abc import Sequence

STEP = 5  # minutes: a wait is told in steps of that length
LETTER = "A"


def label(number: int) -> str:
    """What is printed on the ticket of the twelfth person of the day: "A12"."""
    return f"{LETTER}{number}"


def shown_name(name: str) -> str:
    """A name as a hall may read it, the family name reduced to its letter: "Jeanne A."; "" for none."""
    first, _, rest = " ".join(name.split()).partition(" ")
    letters = (next(filter(str.isalpha, word), "") for word in reversed(rest.split()))
    initial = next(filter(None, letters), "").upper()
    return f"{first} {initial}." if initial else first


def expected_minutes(ahead: int, lengths: Sequence[int], windows: int) -> int | None:
    """The wait of someone who has `ahead` people before them, in minutes, rounded up to the next five.

    `lengths` are the last visits of the day in seconds, `windows` how many people are answering. A person who arrives
    finds the visits in progress half done. None when nothing was measured today: then nothing is told.
    """
    if not lengths:
        return None
    seconds = sum(lengths) / len(lengths) * (ahead + 0.5) / max(1, windows)
    return max(1, -(-int(seconds) // (STEP * 60))) * STEP
