"""Opening cases in a fresh house, beside the floors of the machine: the best of several runs."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import databases, floors, measures
from bench.figures import Bystanders, Figure, Section, Timings
from bench.house import House
from bench.measures import CLIENTS

LEAST = {"SQLite": 150, "PostgreSQL": 200}
LONGEST_WAIT_MS = 1000
WHOLE_CALLS = 240
SETTLING = 3.0


@dataclass
class Run:
    """One run: the creations, the letters they sent, the share of the machine that others used."""

    created: Timings
    letters: dict[str, float]
    others: float


@contextmanager
def fresh_house(folder: Path, url: str) -> Iterator[House]:
    """A house with the sample town and no past, removed at the end."""
    house = House(folder, databases.named(url, "create"))
    try:
        house.make()
        yield house
    finally:
        house.remove()


def measure(name: str, folder: Path, url: str, *, cases: int, runs: int) -> tuple[Section, Timings]:
    """The section of the table, and the best run."""
    done: list[Run] = []
    lines: list[Figure] = []
    for rank in range(runs):
        with fresh_house(folder, url) as house:
            last = rank == runs - 1
            beside = asyncio.run(_floors(house)) if last else []
            data: dict[str, Any] = house.told("bench.prepare", str(cases))
            house.start_web()
            house.start_worker()
            time.sleep(SETTLING)
            done.append(_one(house, data))
            lines = asyncio.run(_calls(house, data)) + beside if last else lines
        print(f"{name}, run {rank + 1}: {done[-1].created.per_second}/s, others {done[-1].others:.0%}", flush=True)
    chosen = max(done, key=lambda run: run.created.per_second)
    created, who = chosen.created, f"{CLIENTS} clients"
    goals = [
        Figure(f"cases opened, {who}", created.per_second, "a second", at_least=LEAST[name], timings=created),
        Figure("the longest that one of them waited", created.worst, at_most=LONGEST_WAIT_MS),
    ]
    sent, rate, left = (chosen.letters[key] for key in ("sent_during", "per_second", "not_sent"))
    notes = [
        f"every run: {[run.created.per_second for run in done]} a second",
        f"letters: {sent} sent meanwhile, then {rate} a second; left: {left}",
    ]
    return Section(f"{name}: opening cases", goals + lines, chosen.others, notes), created


def _one(house: House, data: dict[str, Any]) -> Run:
    watch = Bystanders()
    created = asyncio.run(measures.create_cases(house.port, data))
    return Run(created, house.wait_for_letters(), watch.share())


async def _floors(house: House) -> list[Figure]:
    insert = floors.postgres_insert(house.url) if house.url else floors.sqlite_insert(house.folder)
    page = await floors.minimal_page(house)
    return [
        Figure("floor: one durable insert, one writer", insert.per_second, "a second", timings=insert),
        Figure("floor: minimal Django page, 1 client: p50", page.p50, timings=page),
    ]


async def _calls(house: House, data: dict[str, Any]) -> list[Figure]:
    suggest = await measures.suggestions(house.port, data)
    whole = await measures.whole_calls(house.port, data, WHOLE_CALLS)
    return [
        Figure("suggestions while typing, 1 client: p50", suggest.p50, timings=suggest),
        Figure(f"a whole call (3 requests), {CLIENTS} clients: p50", whole.p50, timings=whole),
    ]
