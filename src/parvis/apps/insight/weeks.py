"""The weeks of a trial, and what is said of a series of lengths. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil


@dataclass(frozen=True)
class Span:
    """The days of a trial that are of one week, Monday to Sunday."""

    monday: date
    first: date
    last: date


def spans(since: date, until: date) -> Iterator[Span]:
    """The weeks from `since` to `until`, both counted; the first and the last may be short."""
    monday = since - timedelta(days=since.weekday())
    while monday <= until:
        yield Span(monday, max(monday, since), min(monday + timedelta(days=6), until))
        monday += timedelta(days=7)


def rank(values: Sequence[float], share: float) -> float | None:
    """The value that this share of them do not exceed, one of them, to one decimal; None when there is none."""
    ordered = sorted(values)
    return round(ordered[ceil(len(ordered) * share) - 1], 1) if ordered else None
