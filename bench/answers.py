"""The answer engine: what a question costs, how soon a process answers, how soon a publication is found everywhere."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import databases
from bench.figures import Bystanders, Figure, Section, Timings
from bench.house import House
from bench.processes import ROOT

MESSAGES = ROOT / "tests" / "matching" / "messages" / "questions-dev.jsonl"
MOST_MS = {200: 15.0, 2000: 40.0}
WAYS = {200: 100, 2000: 30}
FIRST_MS, FOUND_MS, MOST_MB = 2000.0, 1000.0, 300.0
FILLING = 1800.0  # seconds that inventing, and encoding, the answers may take


def measure(name: str, folder: Path, url: str, *, sizes: Sequence[int], keep: bool) -> Section:
    """The section of the table: one house for each number of answers."""
    figures: list[Figure] = []
    notes: list[str] = []
    watch = Bystanders()
    for size in sizes:
        house = House(folder / f"{name.lower()}-answers-{size}", databases.named(url, f"answers_{size}"))
        try:
            if keep and house.made(0) is not None:
                house.upgrade()
            else:
                house.make()
            filled = house.told("bench.invent", str(size), str(WAYS.get(size, 30)), seconds=FILLING)
            began = time.perf_counter()
            house.parvis("ask", "--json", "quand passe le bac brun")
            first = (time.perf_counter() - began) * 1000
            told: dict[str, Any] = {"first": first} | house.told("bench.asking", str(MESSAGES))
        finally:
            house.processes.stop()
            if not keep:
                house.remove()
        figures += _figures(size, told)
        notes.append(f"{size:,} answers: {filled['ways']:,} ways of asking, besides those of what is not ours")
    return Section(f"{name}: the answer engine", figures, watch.share(), notes)


def _figures(size: int, told: dict[str, Any]) -> list[Figure]:
    series = Timings.of(told["took"], sum(told["took"]) / 1000)
    small, added = size == min(MOST_MS), round(told["memory"] - told["before"])
    return [
        Figure(f"a question, {size:,} answers: p95", series.p95, at_most=MOST_MS.get(size), timings=series),
        Figure(f"parvis ask, from start to end, {size:,}", round(told["first"]), at_most=FIRST_MS),
        Figure(f"memory that it adds to a process, {size:,}", added, "MB", at_most=MOST_MB if small else None),
        Figure(f"memory of that process, {size:,}", round(told["memory"]), "MB"),
        Figure(f"a publication found by every process, {size:,}", round(told["found"]), at_most=FOUND_MS),
        Figure(f"the longest question meanwhile, {size:,}", round(told["slowest"])),
    ]
