"""A storm: two thousand requests in a minute, each sent twice, while the desk works; then the receipts.

A program that is not answered, or told to wait, sends again with the same Idempotency-Key, as it should.
"""

import asyncio
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench import measures
from bench.calls import calls
from bench.client import Browser
from bench.creating import SETTLING, fresh_house
from bench.figures import Bystanders, Figure, Section, Timings
from bench.house import House
from bench.measures import CLIENTS, SENT_ELSEWHERE, Unexpected
from bench.programs import PATH, TAKEN, Form, forms, number_of

REQUESTS, SECONDS = 2_000, 60.0
CONNECTIONS = 96
AGENT_PAUSE = 3.0
SEED = 2_000
MOST_SECONDS_FOR_RECEIPTS = 180.0
GIVEN_UP = 300.0
MOST_DESK_P95 = 1_000.0


class Storm:
    """The requests of one storm: the numbers given for each key, what each took, what was answered in between."""

    def __init__(self, port: int, sent: list[Form], seconds: float) -> None:
        self.port, self.sent, self.seconds = port, sent, seconds
        self.numbers: dict[int, set[str]] = {rank: set() for rank in range(len(sent))}
        self.taken: Counter[int] = Counter()
        self.refused: Counter[int] = Counter()
        self.took: list[float] = []
        self.over = 0.0

    async def run(self) -> None:
        """Sends each request at its moment of the minute, twice, until each was taken twice."""
        order = [rank for rank in range(len(self.sent)) for _twice in range(2)]
        rng = random.Random(SEED)
        moments = sorted((rank / len(self.sent) * self.seconds + rng.random() * 2, rank) for rank in order)
        queue: asyncio.Queue[tuple[float, int]] = asyncio.Queue()
        for moment in moments:
            queue.put_nowait(moment)
        began = time.perf_counter()
        await asyncio.gather(*(self._work(rank, queue, began) for rank in range(CONNECTIONS)))
        self.over = time.perf_counter() - began

    async def _work(self, place: int, queue: "asyncio.Queue[tuple[float, int]]", began: float) -> None:
        browser = Browser(self.port, {"X-Forwarded-For": f"198.51.100.{place + 1}"})
        while not queue.empty():
            moment, rank = queue.get_nowait()
            await asyncio.sleep(max(0.0, moment - (time.perf_counter() - began)))
            await self._until_taken(browser, rank)
        await browser.close()

    async def _until_taken(self, browser: Browser, rank: int) -> None:
        asked = time.perf_counter()
        browser.headers = {**browser.headers, "Idempotency-Key": f"storm-{rank}"}
        while time.perf_counter() < asked + GIVEN_UP:
            try:
                answer = await browser.post(PATH, self.sent[rank])
            except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
                await browser.close()
                self.refused[0] += 1
                continue
            if answer.status in TAKEN:
                self.numbers[rank].add(number_of(answer))
                self.taken[answer.status] += 1
                self.took.append((time.perf_counter() - asked) * 1000)
                return
            self.refused[answer.status] += 1
            await asyncio.sleep(1)


async def _desk(port: int, house: dict[str, Any], until: asyncio.Event) -> list[float]:
    """Eight agents open a case each three seconds until the storm is over; what each opening took."""
    agents = sorted(house["contacts"])
    browsers = await measures.sessions(port, [agents[rank % len(agents)] for rank in range(CLIENTS)])
    todo = {name: calls(house, name) for name in agents}
    took: list[float] = []

    async def work(rank: int, browser: Browser) -> None:
        await asyncio.sleep(rank * AGENT_PAUSE / CLIENTS)
        while not until.is_set() and (call := next(todo[agents[rank % len(agents)]], None)):
            answer = await browser.post(f"/desk/contacts/{call.contact}/case/", call.form)
            if answer.status != SENT_ELSEWHERE:
                raise Unexpected(f"the desk during the storm: {answer.status}")
            took.append(answer.ms)
            await asyncio.sleep(AGENT_PAUSE)

    await asyncio.gather(*(work(*pair) for pair in enumerate(browsers)))
    return took


async def _both(storm: Storm, data: dict[str, Any]) -> list[float]:
    over = asyncio.Event()
    desk = asyncio.create_task(_desk(storm.port, data, over))
    await asyncio.sleep(2)
    await storm.run()
    over.set()
    return await desk


def measure(name: str, folder: Path, url: str, *, requests: int) -> Section:
    """The section of the table."""
    seconds = SECONDS * requests / REQUESTS if requests < REQUESTS else SECONDS
    with fresh_house(folder, url) as house:
        data: dict[str, Any] = house.told("bench.prepare", str(round(CLIENTS * (seconds + GIVEN_UP) / AGENT_PAUSE)))
        keys: dict[str, Any] = house.told("bench.program_keys", str(CLIENTS))
        received = house.folder / "receipts"
        house.start("smtp", "bench.smtp_sink", str(house.smtp_port), str(received))
        house.start_web()
        house.start("worker", "parvis.cli.main", "worker")
        time.sleep(SETTLING)
        watch = Bystanders()
        before = int(house.value("SELECT count(*) FROM open311_submission")), house.letters(waiting=False)
        storm = Storm(house.port, list(forms(data, keys, requests, seed=SEED, known=False)), seconds)
        began = time.perf_counter()
        desk = asyncio.run(_both(storm, data))
        all_out = _wait_for_receipts(house, began)
        others = watch.share()
        return Section(
            f"{name}: a storm of {requests:,} requests, each sent twice, in {seconds:.0f} s",
            _figures(house, storm, desk, all_out, received, before),
            others,
            [
                f"taken: {dict(storm.taken)}; told to wait or not answered, then sent again: {dict(storm.refused)}",
                f"the storm was over after {storm.over:.1f} s; the desk opened {len(desk)} cases meanwhile",
            ],
        )


def _wait_for_receipts(house: House, began: float) -> float:
    """The seconds since the storm began when no letter waits any more; those waited when some still do."""
    while house.letters(waiting=True) and time.perf_counter() < began + GIVEN_UP:
        time.sleep(0.5)
    return round(time.perf_counter() - began, 1)


def _figures(
    house: House, storm: Storm, desk: list[float], all_out: float, received: Path, before: tuple[int, int]
) -> list[Figure]:
    """`before`: the requests of programs and the letters sent before it."""
    made = int(house.value("SELECT count(*) FROM open311_submission")) - before[0]
    receipts = house.letters(waiting=False) - before[1]
    lost = sum(not numbers for numbers in storm.numbers.values())
    doubled = sum(len(numbers) > 1 for numbers in storm.numbers.values()) + max(0, made - len(storm.sent))
    taken = Timings.of(storm.took, storm.over)
    at_desk = Timings.of(desk, storm.over)
    return [
        Figure("requests lost", lost, "", at_most=0),
        Figure("requests doubled", doubled, "", at_most=0),
        Figure("letters still waiting", house.letters(waiting=True), "", at_most=0),
        Figure("letters sent, less those that were received", receipts - received.stat().st_size, "", at_most=0),
        Figure("all receipts out, since it began", all_out, "seconds", at_most=MOST_SECONDS_FOR_RECEIPTS),
        Figure("a request, from sent to taken: p95", taken.p95, timings=taken),
        Figure("the desk meanwhile, a case opened: p95", at_desk.p95, at_most=MOST_DESK_P95, timings=at_desk),
    ]
