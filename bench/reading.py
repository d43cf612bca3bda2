"""The screens of the desk over a past: queue pages, cases, people, by one reader and by four, each with a session."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from bench.client import Browser
from bench.figures import Figure, Timings
from bench.measures import FOUND, Unexpected

Asked = tuple[str, str]
KINDS = {
    "queue": "queue page",
    "open": "all that is open, by promise",
    "case": "one case",
    "person": "person by number or name",
}
MOST_MS = {"queue": 20.0, "open": 20.0, "case": 15.0, "person": 15.0}
PROOF = {"queue": b"<main", "open": b'class="hits"', "case": b"<article", "person": b'role="option"'}
READERS = (1, 4)
MOST_FOR_FOUR = 3.0
MOST_WITH_TEN_TIMES_MORE = 1.2
WARM = 12
LONGEST = 10.0

Series = dict[tuple[str, int], Timings]


async def ask(browser: Browser, path: str, proof: bytes) -> float:
    """The milliseconds of one page, which must hold that."""
    answer = await browser.get(path)
    if answer.status != FOUND or proof not in answer.body:
        raise Unexpected(f"{path}: {answer.status} {answer.location} {answer.body[:1500].decode(errors='replace')}")
    return answer.ms


async def read(sessions: Sequence[Mapping[str, Browser]], asked: Sequence[Asked], proof: bytes = b"") -> Timings:
    """Each reader asks in turn for its share of the pages, each as the user who may; the first few do not count.

    Stops after a while, whatever remains.
    """
    took: list[float] = []

    async def work(rank: int, warm: bool) -> None:
        mine = asked[rank :: len(sessions)]
        for username, path in mine[:WARM] if warm else mine[WARM:]:
            ms = await ask(sessions[rank][username], path, proof)
            if not warm:
                took.append(ms)
                if time.perf_counter() - began > LONGEST:
                    return

    began = time.perf_counter()
    await asyncio.gather(*(work(rank, True) for rank in range(len(sessions))))
    began = time.perf_counter()
    await asyncio.gather(*(work(rank, False) for rank in range(len(sessions))))
    return Timings.of(took, time.perf_counter() - began)


async def sign_in_all(port: int, usernames: Sequence[str], readers: int) -> list[dict[str, Browser]]:
    """For each reader, a session of each of these users."""
    sessions = []
    for _reader in range(readers):
        sessions.append({name: Browser(port) for name in usernames})
        for name, browser in sessions[-1].items():
            await browser.sign_in(name)
    return sessions


async def one_round(port: int, asked: Mapping[str, Sequence[Asked]]) -> Series:
    """Every kind of page, by one reader and then by four."""
    users = sorted({username for kind in asked.values() for username, _path in kind})
    result: Series = {}
    for readers in READERS:
        sessions = await sign_in_all(port, users, readers)
        for kind, paths in asked.items():
            result[kind, readers] = await read(sessions, paths, PROOF[kind])
        for browser in (item for held in sessions for item in held.values()):
            await browser.close()
    return result


def best(rounds: Sequence[Series]) -> Series:
    """Of several rounds, the quickest median of each series: the one that others disturbed least."""
    return {key: min((item[key] for item in rounds), key=lambda timings: timings.p50) for key in rounds[0]}


def clients(count: int) -> str:
    """That many clients, in words."""
    return "1 client" if count == 1 else f"{count} clients"


def figures(item: Mapping[int, Series]) -> list[Figure]:
    """The lines of the table, from the series of each size; the goals are those of the largest."""
    largest, lines = max(item), []
    for size, series in sorted(item.items()):
        for (kind, readers), timings in series.items():
            goal = MOST_MS[kind] * (1 if readers == 1 else MOST_FOR_FOUR)
            name = f"{KINDS[kind]}, {size:,} cases, {clients(readers)}: p50"
            lines.append(Figure(name, timings.p50, at_most=goal if size == largest else None, timings=timings))
    for kind, words in KINDS.items():
        alone, four = (item[largest][kind, readers].p50 for readers in READERS)
        lines.append(Figure(f"{words}: four clients against one", round(four / alone, 2), "times", MOST_FOR_FOUR))
        if len(item) > 1:
            small = item[min(item)][kind, 1].p50
            name = f"{words}: {largest:,} cases against {min(item):,}"
            lines.append(Figure(name, round(alone / small, 2), "times", MOST_WITH_TEN_TIMES_MORE))
    return lines
