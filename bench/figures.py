"""Figures taken from a run: percentiles, memory, and how busy the machine was with something else."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


def memory(pids: Iterable[int]) -> list[dict[str, object]]:
    """For each process and those it started: pid, what it is, and its resident and proportional memory in MiB."""
    rows: list[dict[str, object]] = []
    for pid in pids:
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            try:
                used = process.memory_full_info()
                line = " ".join(process.cmdline()[1:5])
            except psutil.Error:
                continue
            rows.append(
                {"pid": process.pid, "what": line, "rss": round(used.rss / 2**20, 1), "pss": round(used.pss / 2**20, 1)}
            )
    return rows


class Bystanders:
    """The share of the machine's processors that others used while a measurement lasted.

    `ours` are the processes of the measurement; their descendants and PostgreSQL's processes count as ours.
    """

    def __init__(self, ours: Iterable[int]) -> None:
        self._roots = list(ours)
        self._before = self._used()
        self._began = time.monotonic()

    def share(self) -> float:
        """From 0 to 1, since this object was made."""
        after, seconds = self._used(), time.monotonic() - self._began
        used = sum(max(0.0, spent - self._before.get(key, 0.0)) for key, spent in after.items())
        return round(used / seconds / (psutil.cpu_count() or 1), 2)

    def _used(self) -> dict[tuple[int, float], float]:
        mine = set(self._roots)
        for pid in self._roots:
            try:
                mine |= {child.pid for child in psutil.Process(pid).children(recursive=True)}
            except psutil.Error:
                continue
        spent = {}
        for process in psutil.process_iter(["pid", "name", "create_time", "cpu_times"]):
            info = process.info
            if info["pid"] not in mine and info["name"] != "postgres" and info["cpu_times"]:
                spent[info["pid"], info["create_time"]] = info["cpu_times"].user + info["cpu_times"].system
        return spent
