"""The rush of an opening: families who arrive in ten seconds, then wait, then come in one after the other.

They come through a few hundred connections that stay open, as through the proxy of a town.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from bench.client import Answer, Browser
from bench.creating import fresh_house
from bench.figures import Bystanders, Figure, Section, Timings

LINE, RANK, ENTER = "/loisirs/file/", "/loisirs/file/rang", "/loisirs/file/entrer/"
ARRIVING, CONNECTIONS, SEED = 10.0, 256, 800
BEFORE_THE_HOUR = 75.0  # seconds: the server starts, and everyone arrives
POLLED, A_SECOND = 10.0, 1_000
LONGEST_PAGE, POLL_P99, ALL_SERVED = 5_000.0, 300.0, 480.0


class Family:
    """One household: its cookies, and where it stands."""

    def __init__(self, session: str) -> None:
        self.cookies = {"parvis": session}
        self.entered = 0.0


class Crowd:
    """The families of one opening, who share the connections; what each page took, from the moment it was wanted."""

    def __init__(self, port: int, sessions: Sequence[str]) -> None:
        self.families = [Family(session) for session in sessions]
        self.free: asyncio.Queue[Browser] = asyncio.Queue()
        for _rank in range(min(CONNECTIONS, len(sessions))):
            self.free.put_nowait(Browser(port))
        self.statuses: Counter[int] = Counter()
        self.dropped = 0
        self.rng = random.Random(SEED)

    async def ask(self, family: Family, path: str, post: bool = False) -> Answer | None:
        """One page of a family; None when no answer came."""
        browser = await self.free.get()
        browser.cookies = family.cookies
        try:
            answer = await (browser.post(path, {}) if post else browser.get(path))
            self.statuses[answer.status] += 1
            return answer
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            await browser.close()
            self.dropped += 1
            return None
        finally:
            self.free.put_nowait(browser)

    async def at_moments(self, moments: Sequence[float], one: Callable[[int], Awaitable[Any]]) -> Timings:
        """Does each at its moment, in seconds from now, whatever the others take: `one(rank)`."""
        began, took = time.perf_counter(), list[float]()

        async def do(rank: int, moment: float) -> None:
            await asyncio.sleep(moment - (time.perf_counter() - began))
            await one(rank)
            took.append((time.perf_counter() - began - moment) * 1000)

        await asyncio.gather(*(do(*pair) for pair in enumerate(moments)))
        return Timings.of(took, time.perf_counter() - began)

    async def arrive(self, seconds: float) -> Timings:
        """Each family takes its place, and sees the page of the line."""

        async def one(rank: int) -> None:
            await self.ask(self.families[rank], LINE, post=True)
            await self.ask(self.families[rank], LINE)

        return await self.at_moments(sorted(self.rng.uniform(0, seconds) for _family in self.families), one)

    async def poll(self, seconds: float, a_second: int) -> Timings:
        """Families drawn by lot look where they stand."""

        async def one(_rank: int) -> None:
            await self.ask(self.rng.choice(self.families), RANK)

        return await self.at_moments([rank / a_second for rank in range(round(seconds * a_second))], one)

    async def wait(self, opens_at: float) -> float:
        """Each looks again when the server says to, and comes in at its turn; the seconds from the hour to the last."""

        async def one(family: Family) -> None:
            await asyncio.sleep(self.rng.uniform(0, 15))
            while not family.entered and time.time() < opens_at + 2 * ALL_SERVED:
                answer = await self.ask(family, RANK)
                told: dict[str, Any] = json.loads(answer.body) if answer else {}
                if told.get("state") == "turn" and (inside := await self.ask(family, ENTER, post=True)):
                    family.entered = time.time() if inside.location == "/loisirs/" else 0.0
                else:
                    await asyncio.sleep(told.get("again", 10))

        await asyncio.gather(*(one(family) for family in self.families))
        return max(family.entered or time.time() for family in self.families) - opens_at


async def _morning(crowd: Crowd, opens_at: float) -> tuple[Timings, Timings, float]:
    pages = await crowd.arrive(ARRIVING * min(1.0, len(crowd.families) / 1_000))
    await asyncio.sleep(max(0.0, opens_at - time.time()))
    polls = await crowd.poll(POLLED, min(A_SECOND, len(crowd.families)))
    return pages, polls, await crowd.wait(opens_at)


def measure(name: str, folder: Path, url: str, *, families: int) -> Section:
    """The section of the table."""
    with fresh_house(folder, url) as house:
        house.start_web()
        told: dict[str, Any] = house.told("bench.families", str(families), str(BEFORE_THE_HOUR))
        watch = Bystanders()
        crowd = Crowd(house.port, told["sessions"])
        pages, polls, last = asyncio.run(_morning(crowd, told["opens_at"]))
        places = int(house.value("SELECT count(*) FROM leisure_lineticket"))
        entered = int(house.value("SELECT count(*) FROM leisure_lineticket WHERE entered_at IS NOT NULL"))
        failed = sum(count for status, count in crowd.statuses.items() if status >= 400)  # noqa: PLR2004
        figures = [
            Figure("refused, failed or dropped", failed + crowd.dropped, "", at_most=0),
            Figure("families without a place", families - places, "", at_most=0),
            Figure("place taken and page shown, the longest", pages.worst, at_most=LONGEST_PAGE, timings=pages),
            Figure("looks of those who wait: p99", polls.p99, at_most=POLL_P99, timings=polls),
            Figure("families who did not come in", families - entered, "", at_most=0),
            Figure("everyone in, since the hour", round(last, 1), "seconds", at_most=ALL_SERVED),
        ]
        title = f"{name}: an opening, {families:,} families"
        return Section(title, figures, watch.share(), [f"answers by status: {dict(crowd.statuses)}"])
