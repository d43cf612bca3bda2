"""Ticket labels, displayed names and wait estimates of the waiting line. Pure."""

from collections.abc import Sequence

STEP = 5  # minutes, to which an estimated wait is rounded up
LETTER = "A"


def label(number: int) -> str:
    """The ticket label of a number: "A12"."""
    return f"{LETTER}{number}"


def shown_name(name: str) -> str:
    """A name as shown in the hall, the family name reduced to its initial: "Jeanne A."; "" for none."""
    first, _, rest = " ".join(name.split()).partition(" ")
    letters = (next(filter(str.isalpha, word), "") for word in reversed(rest.split()))
    initial = next(filter(None, letters), "").upper()
    return f"{first} {initial}." if initial else first


def expected_minutes(ahead: int, lengths: Sequence[int], windows: int) -> int | None:
    """The wait in minutes of someone with `ahead` people before them, rounded up to the next five.

    `lengths` are the latest visits of the day in seconds, `windows` the open windows. Visits in progress are taken as
    half done. None when nothing was measured today.
    """
    if not lengths:
        return None
    seconds = sum(lengths) / len(lengths) * (ahead + 0.5) / max(1, windows)
    return max(1, -(-int(seconds) // (STEP * 60))) * STEP
