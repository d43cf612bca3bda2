"""The peers' figures, and ours against the best of them: tickets opened, queue page, one ticket's page."""

import asyncio
import random
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.calls import SEED, words
from bench.client import Browser
from bench.figures import Bystanders, Figure, Section, Timings
from bench.measures import CLIENTS, Unexpected
from bench.peers.helpdesk import Helpdesk
from bench.peers.peer import Peer, Words
from bench.peers.roundup import Roundup
from bench.reading import READERS, Series, best, clients, read

PEERS: tuple[type[Peer], ...] = (Helpdesk, Roundup)
SESSIONS = 8
WARM = 40
LONGEST = 30.0
QUEUE_AT_LEAST, TICKET_AT_LEAST, CREATE_AT_LEAST = 4.0, 1.0, 2.0
TITLES = {"queue": "queue page", "case": "one ticket"}


def tickets(count: int) -> Iterator[Words]:
    """What is written, the same for every peer."""
    rng = random.Random(SEED)
    for rank in range(count):
        body = words(rng)
        yield Words(body[:60], body, f"essai{rank % 200}@exemple.test")


async def create(peer: Peer, count: int) -> Timings:
    """W1: eight people open tickets one after the other; the first ones do not count. Stops after a while."""
    browsers = [await peer.visitor(rank) for rank in range(CLIENTS)]
    waiting, took = tickets(count + WARM), list[float]()

    async def work(browser: Browser, upto: int, until: float) -> None:
        while len(took) < upto and time.perf_counter() < until:
            written = next(waiting, None)
            if written is None:
                return
            path, form = peer.ticket_form(written)
            answer = await browser.post(path, form)
            if answer.status != peer.opened_status:
                raise Unexpected(f"{peer.name}: {answer.status} {answer.body[:800].decode(errors='replace')}")
            took.append(answer.ms)

    async def all_of_them(upto: int) -> float:
        began = time.perf_counter()
        await asyncio.gather(*(work(browser, upto, began + LONGEST) for browser in browsers))
        return time.perf_counter() - began

    await all_of_them(WARM)
    took.clear()
    return Timings.of(took, await all_of_them(count))


async def read_pages(peer: Peer, rows: int, pages: int) -> Series:
    """W2 and W3: queue pages and tickets, by one reader and by four, each with sessions of several agents."""
    rng = random.Random(SEED)
    agents = [f"a{rank}" for rank in range(SESSIONS)]
    asked = {
        "queue": [(rng.choice(agents), peer.queue_path(rng)) for _ in range(pages)],
        "case": [(rng.choice(agents), peer.ticket_path(rng.randint(1, rows))) for _ in range(pages)],
    }
    found: Series = {}
    for readers in READERS:
        sessions = [{name: await peer.sign_in(rank) for rank, name in enumerate(agents)} for _ in range(readers)]
        for kind, paths in asked.items():
            found[kind, readers] = await read(sessions, paths, peer.sees if kind == "queue" else b"</html>")
        for browser in (one for held in sessions for one in held.values()):
            await browser.close()
    return found


def prepare(url: str, rows: Mapping[int, Path], *, keep: bool) -> Iterator[tuple[Peer, int]]:
    """Each peer with each size of rows, 0 first, ready to be started; the caller removes it."""
    for kind in PEERS:
        for size in (0, *sorted(rows)):
            peer = kind(url, str(size))
            peer.install()
            peer.fill(rows.get(size), keep=keep and size > 0)
            yield peer, size


@dataclass
class Measured:
    """What one peer did: tickets opened, pages of each size, and the most that others used of the machine meanwhile."""

    created: Timings | None = None
    pages: dict[int, Series] = field(default_factory=dict)
    others: float = 0.0


def measure(
    url: str, rows: Mapping[int, Path], *, keep: bool, pages: int, rounds: int, count: int
) -> dict[str, Measured]:
    """Each peer by its name."""
    found = {kind.name: Measured() for kind in PEERS}
    for peer, size in prepare(url, rows, keep=keep):
        one = found[peer.name]
        try:
            peer.start()
            watch = Bystanders()
            if size:
                one.pages[size] = best([asyncio.run(read_pages(peer, size, pages)) for _ in range(rounds)])
            else:
                one.created = asyncio.run(create(peer, count))
            one.others = max(one.others, watch.share())
        finally:
            peer.stop()
            if not (keep and size):
                peer.remove()
    return found


def section(title: str, found: Measured) -> Section:
    """The lines of one peer in the table; it has no goal."""
    lines = []
    if found.created:
        name = f"opening a ticket, {clients(CLIENTS)}"
        lines.append(Figure(name, found.created.per_second, "a second", timings=found.created))
    for size, series in sorted(found.pages.items()):
        for (kind, readers), timings in series.items():
            name = f"{TITLES[kind]}, {size:,} rows, {clients(readers)}: p50"
            lines.append(Figure(name, timings.p50, timings=timings))
    return Section(title, lines, found.others)


def ratios(created: Timings | None, pages: Mapping[int, Series], peers: Iterable[Measured]) -> list[Figure]:
    """Ours against the best peer's, of what was measured in this run."""
    theirs, lines = list(peers), []
    opened = [one.created.per_second for one in theirs if one.created]
    if created and opened:
        ratio = round(created.per_second / max(opened), 2)
        lines.append(Figure("cases opened, against the best peer's tickets", ratio, "times", at_least=CREATE_AT_LEAST))
    goals = {
        "queue": ("the best peer's queue page, against ours", QUEUE_AT_LEAST),
        "case": ("the best peer's ticket page, against our case", TICKET_AT_LEAST),
    }
    size = max((size for one in theirs for size in one.pages if size in pages), default=0)
    for kind, (name, goal) in goals.items() if size else ():
        quickest = min(one.pages[size][kind, 1].p50 for one in theirs)
        ratio = round(quickest / pages[size][kind, 1].p50, 2)
        lines.append(Figure(f"{name}, {size:,} rows", ratio, "times", at_least=goal))
    return lines
