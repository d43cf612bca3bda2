"""Addresses of a large city: how long they take to load, and what completing one costs while someone types."""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench import addresses, databases
from bench.client import Browser
from bench.figures import Bystanders, Figure, Section, Timings
from bench.house import STAMP, House
from bench.measures import FOUND, Unexpected

MOST_MS = 30.0
LEAST_OFFERED = 95.0
LOADING = 3600.0
MOST_STATEMENTS = 3
CITIZENS = 8  # whose pages are asked in turn: one address may not ask without end
PAGE = "/demande/lieux?q="


def measure(name: str, folder: Path, url: str, *, count: int, asked: int, keep: bool) -> Section:
    """The section of the table: completions in the process and over HTTP, among that many addresses."""
    house = House(folder / f"{name.lower()}-places", databases.named(url, "places"))
    file = folder / f"addresses-{count}.csv"
    addresses.write(file, count)
    try:
        loaded = _load(house, file, count, keep=keep)
        watch = Bystanders()
        began = time.perf_counter()
        told: dict[str, Any] = house.told("bench.completions", str(file), str(asked))
        inside = Timings.of(told["took"], time.perf_counter() - began)
        letters = Timings.of(told["letters"], sum(told["letters"]) / 1000)
        house.start_web()
        pages = asyncio.run(_pages(house.port, [text for text, _ in addresses.typed(file, asked)]))
        others = watch.share()
    finally:
        house.processes.stop()
        if not keep:
            house.remove()
    figures = [
        Figure("completion of an address mistyped or begun: p95", inside.p95, at_most=MOST_MS, timings=inside),
        Figure("completion at each letter: p95", letters.p95, at_most=MOST_MS, timings=letters),
        Figure("the page that offers them, over HTTP: p95", pages.p95, at_most=MOST_MS, timings=pages),
        Figure("the address meant is offered", round(told["found"] * 100, 1), "%", at_least=LEAST_OFFERED),
        Figure("it is the first offered", round(told["at_head"] * 100, 1), "%"),
        Figure("statements of one completion, at most", told["statements"], "", at_most=MOST_STATEMENTS),
        Figure("the first completion of a process", round(told["first"], 1)),
        Figure("loading them", loaded, "seconds"),
    ]
    return Section(f"{name}: {count:,} civic addresses", figures, others, [f"missed: {', '.join(told['missed'][:8])}"])


def _load(house: House, file: Path, count: int, *, keep: bool) -> float:
    """Makes the house and loads the file, unless an earlier run left them; the seconds that loading took."""
    stamp = house.folder / STAMP
    if keep and stamp.exists() and (not house.url or databases.exists(house.url)):
        kept = json.loads(stamp.read_text())
        if kept.get("addresses") == count:
            house.upgrade()
            return float(kept["loading"])
    house.make()
    began = time.monotonic()
    house.parvis("load-addresses", str(file), seconds=LOADING)
    seconds = round(time.monotonic() - began, 1)
    if house.url:
        databases.settle(house.url)
    stamp.write_text(json.dumps({"cases": 0, "seeding": 0, "addresses": count, "loading": seconds}))
    return seconds


async def _pages(port: int, texts: Sequence[str]) -> Timings:
    """The options that the request form shows, one client at a time; the first of each does not count."""
    browsers = [Browser(port, {"X-Forwarded-For": f"198.51.100.{rank + 1}"}) for rank in range(CITIZENS)]
    took: list[float] = []
    for rank, text in enumerate(texts):
        answer = await browsers[rank % CITIZENS].get(PAGE + quote(text))
        if answer.status != FOUND:
            raise Unexpected(f"{PAGE}{text}: {answer.status} {answer.body[:300].decode(errors='replace')}")
        if rank >= 4 * CITIZENS:
            took.append(answer.ms)
    for browser in browsers:
        await browser.close()
    return Timings.of(took, sum(took) / 1000)
