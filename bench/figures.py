"""Figures taken from a run: percentiles, goals, memory, and how busy the machine was with something else."""

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psutil


def percentile(values: Sequence[float], rank: float) -> float:
    """The value under which `rank` per cent of them lie, interpolated; 0 when there is none."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    place = (len(ordered) - 1) * rank / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass(frozen=True)
class Timings:
    """What a series of requests took, in milliseconds, and how many there were in a second."""

    count: int
    per_second: float
    p50: float
    p95: float
    p99: float
    worst: float

    @classmethod
    def of(cls, took: Sequence[float], seconds: float) -> "Timings":
        """From each request's milliseconds and the length of the whole series."""
        p50, p95, p99, worst = (round(percentile(took, rank), 2) for rank in (50, 95, 99, 100))
        return cls(len(took), round(len(took) / seconds, 1), p50, p95, p99, worst)


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured, what it must be at most or at least, the series it comes from."""

    name: str
    value: float
    unit: str = "ms"
    at_most: float | None = None
    at_least: float | None = None
    timings: Timings | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None when there is none."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return self.value >= self.at_least if self.at_least is not None else None

    @property
    def ratio(self) -> float | None:
        """How many times better than the goal, under 1 when it is missed; None when there is no goal."""
        if self.at_most is not None:
            return self.at_most / self.value if self.value else None
        return self.value / self.at_least if self.at_least else None


@dataclass(frozen=True)
class Section:
    """Figures taken together, and the share of the machine that others used meanwhile, from 0 to 1."""

    title: str
    figures: list[Figure]
    others: float = 0.0
    notes: Sequence[str] = ()


def memory(pids: Iterable[int]) -> list[dict[str, Any]]:
    """For each process and those it started: pid, what it is, and its resident and proportional memory in megabytes."""
    rows: list[dict[str, Any]] = []
    for pid in pids:
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            try:
                used = process.memory_full_info()
                line = " ".join(process.cmdline()[1:5])
            except psutil.Error:
                continue
            rows.append({"pid": process.pid, "what": line, "rss": used.rss / 1e6, "pss": used.pss / 1e6})
    return rows


class Bystanders:
    """The share of the machine's processors that others used while a measurement lasted.

    This process, those that it started and PostgreSQL's are the measurement's own.
    """

    def __init__(self) -> None:
        self._before = self._used()
        self._began = time.monotonic()

    def share(self) -> float:
        """From 0 to 1, since this object was made."""
        after, seconds = self._used(), time.monotonic() - self._began
        used = sum(max(0.0, spent - self._before.get(key, 0.0)) for key, spent in after.items())
        return round(used / seconds / (psutil.cpu_count() or 1), 3)

    def _used(self) -> dict[tuple[int, float], float]:
        mine = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
        spent = {}
        for process in psutil.process_iter(["pid", "name", "create_time", "cpu_times"]):
            info = process.info
            if info["pid"] not in mine and info["name"] != "postgres" and info["cpu_times"]:
                spent[info["pid"], info["create_time"]] = info["cpu_times"].user + info["cpu_times"].system
        return spent
