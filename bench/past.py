"""Houses with a past: their screens at each size, the citizen's pages, the start, the memory."""

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import databases, lighthouse, public, reading
from bench.figures import Bystanders, Figure, Section, memory
from bench.house import House
from bench.reading import Series

STARTS = 3
MOST_SECONDS_TO_START, MOST_MEGABYTES = 3.0, 650.0
MOST_SECONDS_TO_WRITE, WRITTEN = 180.0, 100_000
SETTLING = 6.0
GATHERING, LOOK = 60.0, 0.2


@dataclass
class Past:
    """The houses of one database, by their number of cases, and the seconds that writing each took in this run."""

    name: str
    houses: dict[int, House] = field(default_factory=dict)
    written: dict[int, float] = field(default_factory=dict)

    @classmethod
    def make(cls, name: str, folder: Path, url: str, sizes: Sequence[int], *, keep: bool) -> "Past":
        """Writes each past; with `keep`, that of an earlier run serves again."""
        past = cls(name)
        for size in sizes:
            house = House(folder / f"{'postgres' if url else 'sqlite'}-{size}", databases.named(url, str(size)))
            past.houses[size] = house
            if keep and house.made(size) is not None:
                house.upgrade()
            else:
                past.written[size] = house.make(size)
                print(f"{name}: {size:,} cases written in {past.written[size]} s", flush=True)
        return past

    def rows(self, folder: Path) -> dict[int, Path]:
        """The cases of each size, written for other systems."""
        result = {}
        for size, house in self.houses.items():
            result[size] = folder / f"rows-{size}.jsonl"
            house.told("bench.rows", str(result[size]))
        return result

    def lookups(self, count: int) -> dict[int, dict[str, Any]]:
        """What to look up in each: `bench.lookups`, the same whenever it is asked."""
        return {size: house.told("bench.lookups", str(count)) for size, house in self.houses.items()}

    def end(self, *, keep: bool) -> None:
        """Stops every house, and removes them unless they are kept."""
        for house in self.houses.values():
            if keep:
                house.processes.stop()
            else:
                house.remove()

    @property
    def largest(self) -> House:
        """The house of the longest past."""
        return self.houses[max(self.houses)]


def read(past: Past, *, pages: int, rounds: int) -> tuple[Section, dict[int, Series]]:
    """The screens of the desk at each size, taken in turns so that a slow moment of the machine touches all."""
    asked = {size: house.told("bench.sample", str(pages)) for size, house in past.houses.items()}
    result: dict[int, list[Series]] = {size: [] for size in past.houses}
    for house in past.houses.values():
        house.start_web()
        house.start_worker()
    time.sleep(SETTLING)
    watch = Bystanders()
    for _ in range(rounds):
        for size, house in past.houses.items():
            result[size].append(asyncio.run(reading.one_round(house.port, asked[size])))
    others = watch.share()
    for house in past.houses.values():
        house.processes.stop()
    series = {size: reading.best(each) for size, each in result.items()}
    lines = reading.figures(series)
    if seconds := past.written.get(WRITTEN):
        lines.append(Figure(f"writing a past of {WRITTEN:,} cases", seconds, "seconds", MOST_SECONDS_TO_WRITE))
    return Section(f"{past.name}: the desk over a past", lines, others), series


def run(past: Past) -> Section:
    """Start to first page, and the memory of what runs a town, at the largest size."""
    house = past.largest
    watch = Bystanders()
    starts = [house.start_web(), *(house.restart_web() for _ in range(STARTS - 1))]
    house.processes.stop()
    house.start_town()
    time.sleep(SETTLING)
    asked = house.told("bench.sample", "60")
    asyncio.run(reading.one_round(house.port, asked))
    house.told("bench.unfound")
    rows = _most(house, while_=lambda: house.value("SELECT count(*) FROM insight_signal WHERE gap_id IS NULL"))
    house.processes.stop()
    pss, rss = (round(sum(row[kind] for row in rows)) for kind in ("pss", "rss"))
    lines = [
        Figure(
            f"start to first page, median of {STARTS}",
            round(statistics.median(starts), 2),
            "seconds",
            MOST_SECONDS_TO_START,
        ),
        Figure("memory of two web workers and the worker, proportional, at most", pss, "MB", MOST_MEGABYTES),
        Figure("the same, each counted whole", rss, "MB"),
    ]
    notes = [f"{row['rss']:7.1f} MB ({row['pss']:.1f} proportional)  {row['what']}" for row in rows]
    return Section(f"{past.name}: what it takes to run, {max(past.houses):,} cases", lines, watch.share(), notes)


def _most(house: House, while_: Callable[[], Any]) -> list[dict[str, Any]]:
    """What the processes of a town hold when they hold the most, until that is over and as long again as one look."""
    began, looks, over = time.monotonic(), list[list[dict[str, Any]]](), False
    while not over and time.monotonic() - began < GATHERING:
        over = not while_()
        looks.append(memory([house.processes.running["town"].pid]))
        time.sleep(LOOK)
    return max(looks, key=lambda rows: sum(row["pss"] for row in rows))


def citizens(past: Past, *, lighthouse_runs: int, folder: Path) -> list[Section]:
    """The pages of the citizen: how many a second, their weight, and Lighthouse when it is asked for."""
    house = past.largest
    house.start_web()
    house.start_worker()
    time.sleep(SETTLING)
    secret = house.value("SELECT secret FROM cases_case ORDER BY id DESC LIMIT 1")
    watch = Bystanders()
    pages, weights = public.weights(house.site, secret)
    topics = public.topic_paths(pages)
    answered = asyncio.run(public.topics_a_second(house.port, topics)) if topics else None
    lines = public.rates(answered, asyncio.run(public.questions_a_second(house.port))) + weights
    notes = [
        f"{page.kilobytes:6.1f} KB  {page.path[:90]}" for page in sorted(pages, key=lambda element: -element.kilobytes)
    ]
    result = [Section(f"{past.name}: the pages of the citizen", lines, watch.share(), notes)]
    if lighthouse_runs:
        visited = lighthouse.pages(topics, secret)
        result.append(_lighthouse(house, visited, folder, lighthouse_runs))
    house.processes.stop()
    return result


def _lighthouse(house: House, visited: Sequence[lighthouse.Visited], folder: Path, runs: int) -> Section:
    title = f"Lighthouse, mobile, median of {runs}"
    if reason := lighthouse.missing():
        return Section(title, [], notes=[reason])
    watch = Bystanders()
    lines, notes = lighthouse.figures(house.site, visited, folder, runs)
    return Section(title, lines, watch.share(), notes)
