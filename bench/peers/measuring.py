"""The peers' figures, and ours against the best of them: tickets opened, queue page, one ticket's page, full text."""

import asyncio
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.calls import SEED, words
from bench.client import Browser
from bench.figures import Bystanders, Figure, Section, Timings
from bench.finding import Searches
from bench.measures import CLIENTS, Unexpected
from bench.peers.helpdesk import Helpdesk
from bench.peers.peer import Peer, Words
from bench.peers.roundup import Roundup
from bench.reading import READERS, Series, best, clients, read

PEERS: tuple[type[Peer], ...] = (Helpdesk, Roundup)
SESSIONS = 8
WARM = 40
LONGEST = 30.0
TRIES, FAILED = 4, 500
QUEUE_AT_LEAST, TICKET_AT_LEAST, CREATE_AT_LEAST, SEARCH_AT_LEAST = 4.0, 1.0, 1.3, 4.0
TITLES = {
    "queue": "queue page",
    "open": "all that is open",
    "case": "one ticket",
    "rare": "search of a rare word",
    "common": "search of a common word",
}
SEARCHED = ("rare", "common")


@dataclass(frozen=True)
class Plan:
    """How much is asked of each peer; `words` are those looked up in our own past, by size and kind."""

    pages: int
    rounds: int
    opened: int
    words: Mapping[int, Mapping[str, Sequence[str]]]


@dataclass(frozen=True)
class Ours:
    """What was measured of Parvis in this run: cases opened, screens and searches at each size."""

    created: Timings | None
    pages: Mapping[int, Series]
    searches: Searches


def tickets(count: int) -> Iterator[Words]:
    """What is written, the same for every peer."""
    rng = random.Random(SEED)
    for rank in range(count):
        body = words(rng)
        yield Words(body[:60], body, f"essai{rank % 200}@exemple.test")


async def create(peer: Peer, count: int) -> Timings:
    """W1: eight people open tickets one after the other; the first ones do not count. Stops after a while.

    What a peer fails to take is sent again, as a person would: Roundup refuses some that come together on PostgreSQL.
    """
    browsers = [await peer.visitor(rank) for rank in range(CLIENTS)]
    waiting, took = tickets(count + WARM), list[float]()

    async def work(browser: Browser, upto: int, until: float) -> None:
        while len(took) < upto and time.perf_counter() < until:
            written = next(waiting, None)
            if written is None:
                return
            path, form = peer.ticket_form(written)
            answer, tries = await browser.post(path, form), 1
            while answer.status >= FAILED and tries < TRIES:
                answer, tries = await browser.post(path, form), tries + 1
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


async def read_pages(peer: Peer, rows: int, plan: Plan) -> Series:
    """W2 and W3: queue pages and tickets, by one reader and by four, each with sessions of several agents; then the
    searches of one agent, each by one word, as it looks for the very letters of what is typed.
    """
    rng = random.Random(SEED)
    agents = [f"a{rank}" for rank in range(SESSIONS)]
    asked = {
        "queue": [(rng.choice(agents), peer.queue_path(rng)) for _ in range(plan.pages)],
        "open": [(rng.choice(agents), peer.open_path()) for _ in range(plan.pages)],
        "case": [(rng.choice(agents), peer.ticket_path(rng.randint(1, rows))) for _ in range(plan.pages)],
    }
    pages: Series = {}
    for readers in READERS:
        sessions = [{name: await peer.sign_in(rank) for rank, name in enumerate(agents)} for _ in range(readers)]
        for kind, paths in asked.items():
            pages[kind, readers] = await read(sessions, paths, b"</html>" if kind == "case" else peer.sees)
        for browser in (item for held in sessions for item in held.values()):
            await browser.close()
    alone = {"a0": await peer.sign_in(0)}
    for kind in SEARCHED:
        searched = [peer.search_path(typed.split()[0]) for typed in plan.words[rows][kind]]
        if looked_up := [("a0", path) for path in searched if path]:
            pages[kind, 1] = await read([alone], looked_up, peer.sees)
    await alone["a0"].close()
    return pages


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


def measure(url: str, rows: Mapping[int, Path], plan: Plan, *, keep: bool) -> dict[str, Measured]:
    """Each peer by its name."""
    result = {kind.name: Measured() for kind in PEERS}
    for peer, size in prepare(url, rows, keep=keep):
        measured = result[peer.name]
        try:
            peer.start()
            watch = Bystanders()
            if size:
                measured.pages[size] = best([asyncio.run(read_pages(peer, size, plan)) for _ in range(plan.rounds)])
            else:
                measured.created = asyncio.run(create(peer, plan.opened))
            measured.others = max(measured.others, watch.share())
        finally:
            peer.stop()
            if not (keep and size):
                peer.remove()
    return result


def section(title: str, measured: Measured) -> Section:
    """The lines of one peer in the table; it has no goal."""
    lines = []
    if measured.created:
        name = f"opening a ticket, {clients(CLIENTS)}"
        lines.append(Figure(name, measured.created.per_second, "a second", timings=measured.created))
    for size, series in sorted(measured.pages.items()):
        for (kind, readers), timings in series.items():
            name = f"{TITLES[kind]}, {size:,} rows, {clients(readers)}: p50"
            lines.append(Figure(name, timings.p50, timings=timings))
    return Section(title, lines, measured.others)


def ratios(ours: Ours, peers: Iterable[Measured]) -> list[Figure]:
    """Ours against the best peer's, of what was measured in this run."""
    theirs, lines = list(peers), []
    opened = [measured.created.per_second for measured in theirs if measured.created]
    if ours.created and opened:
        ratio = round(ours.created.per_second / max(opened), 2)
        lines.append(Figure("cases opened, against the best peer's tickets", ratio, "times", at_least=CREATE_AT_LEAST))
    goals = {
        "queue": ("the best peer's queue page, against ours", QUEUE_AT_LEAST),
        "open": ("the best peer's list of all that is open, against ours", QUEUE_AT_LEAST),
        "case": ("the best peer's ticket page, against our case", TICKET_AT_LEAST),
    }
    size = max((size for measured in theirs for size in measured.pages if size in ours.pages), default=0)
    for kind, (name, goal) in goals.items() if size else ():
        quickest = min(measured.pages[size][kind, 1].p50 for measured in theirs)
        ratio = round(quickest / ours.pages[size][kind, 1].p50, 2)
        lines.append(Figure(f"{name}, {size:,} rows", ratio, "times", at_least=goal))
    for size, mine in sorted(ours.searches.items())[-1:]:
        for kind in SEARCHED:
            looked_up = [
                measured.pages[size][kind, 1].p50 for measured in theirs if (kind, 1) in measured.pages.get(size, {})
            ]
            if looked_up:
                ratio = round(min(looked_up) / mine[kind].p50, 2)
                name = f"the best peer's {TITLES[kind]}, against ours, {size:,} rows"
                lines.append(Figure(name, ratio, "times", at_least=SEARCH_AT_LEAST))
    return lines
