"""What a letter says of someone's week."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Day:
    """A line of someone's week: the day in short, what it is, and a word more."""

    day: str
    title: str
    note: str = ""


@dataclass(frozen=True)
class Week:
    """What is known of someone's week at an address, in the order of the days."""

    place: str
    days: Sequence[Day]
    url: str
