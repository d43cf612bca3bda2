"""`GET requests` at each size of the past: the same pages, whatever their filters, must not slow down with years."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from bench.client import Browser
from bench.figures import Bystanders, Figure, Section, Timings
from bench.measures import FOUND, Unexpected
from bench.past import SETTLING, Past

MOST_TIMES = 1.5
CITIZENS = 200  # addresses from which the lists are asked, since each has a limit
WARM = 5
Lists = dict[str, Timings]


async def one_round(port: int, asked: Mapping[str, Sequence[str]]) -> Lists:
    """Every kind of list, by one reader."""
    browser, result = Browser(port), Lists()
    for kind, paths in asked.items():
        took = []
        began = time.perf_counter()
        for rank, path in enumerate([*paths[:WARM], *paths]):
            answer = await browser.get(path, {"X-Forwarded-For": f"198.51.{rank % CITIZENS}.7"})
            if answer.status != FOUND:
                raise Unexpected(f"{path}: {answer.status} {answer.body[:400].decode(errors='replace')}")
            if rank >= WARM:
                took.append(answer.ms)
        result[kind] = Timings.of(took, time.perf_counter() - began)
    await browser.close()
    return result


def measure(past: Past, *, pages: int, rounds: int) -> Section:
    """The section of the table: medians at each size, and the largest against the smallest."""
    asked = {size: house.told("bench.listed", str(pages)) for size, house in past.houses.items()}
    for house in past.houses.values():
        house.start_web()
    time.sleep(SETTLING)
    watch = Bystanders()
    done: dict[int, list[Lists]] = {size: [] for size in past.houses}
    for _round in range(rounds):
        for size, house in past.houses.items():
            done[size].append(asyncio.run(one_round(house.port, asked[size])))
    others = watch.share()
    for house in past.houses.values():
        house.processes.stop()
    best = {
        size: {kind: min((lists[kind] for lists in each), key=lambda timings: timings.p50) for kind in each[0]}
        for size, each in done.items()
    }
    figures = []
    smallest, largest = min(best), max(best)
    for kind in best[largest]:
        figures += [
            Figure(f"{kind}, {size:,} cases: p50", lists[kind].p50, timings=lists[kind])
            for size, lists in sorted(best.items())
        ]
        if smallest != largest:
            ratio = round(best[largest][kind].p50 / best[smallest][kind].p50, 2)
            figures.append(Figure(f"{kind}: the largest against the smallest", ratio, "times", at_most=MOST_TIMES))
    return Section(f"{past.name}: GET requests, pages of 50", figures, others)
