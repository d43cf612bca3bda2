"""The weeks of a trial, and percentiles. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil


@dataclass(frozen=True)
class Span:
    """The days of a trial in one week, Monday to Sunday."""

    monday: date
    first: date
    last: date


def spans(since: date, until: date) -> Iterator[Span]:
    """The weeks from `since` to `until`, both included; the first and last may be partial."""
    monday = since - timedelta(days=since.weekday())
    while monday <= until:
        yield Span(monday, max(monday, since), min(monday + timedelta(days=6), until))
        monday += timedelta(days=7)


def rank(values: Sequence[float], share: float) -> float | None:
    """The percentile: one of the values, to one decimal, that this share of them do not exceed; None for none."""
    ordered = sorted(values)
    return round(ordered[ceil(len(ordered) * share) - 1], 1) if ordered else None
