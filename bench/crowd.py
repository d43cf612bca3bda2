"""Fifty agents at once, each with a session, and ten people who work on cases; every screen asks for news meanwhile.

An action every few seconds, in the order of the work: a call is begun, the words are typed and searched, kept, the form
of a request opened; a third become a request. The others read their queue, a case, write a note, search.
"""

import asyncio
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from html import unescape
from typing import Any
from urllib.parse import quote

from bench.calls import QUESTIONS, SEED, case_form
from bench.client import Answer, Browser
from bench.figures import Bystanders, Figure, Section, Timings
from bench.measures import FOUND, SENT_ELSEWHERE, Unexpected
from bench.past import SETTLING, Past

AGENTS, WORKERS, ASKED = 50, 10, 60
WARM, SECONDS = 10.0, 60.0
PAUSE = (1.5, 4.5)  # seconds between two actions of one person
TYPING = 0.3  # between two searches of the words that are being typed
MOST_P95 = 100.0
NEWS = {"X-Requested-With": "fetch"}
# What each open screen asks for, and how often, in seconds, as its scripts do.
MOMENT, ALERTS, MINE = ("/desk/changes", 3.0), ("/desk/alerts/changes", 10.0), ("/desk/mine/news", 15.0)
AT_A_CALL, AT_WORK = (MOMENT, ALERTS, MINE), (ALERTS, MINE)
_EXPECT = re.compile(rb'name="expect"\s+value="(\d+)"')
_AGAIN = re.compile(r'hx-get="([^"?]+)\?([^"]*)"')  # what a fragment asks for the next time, and with which marks
ACTIONS = {
    "begin": "a call is begun",
    "suggest": "answers while typing",
    "draft": "what is typed is kept",
    "person": "a person is found",
    "form": "the form of a request",
    "case": "a request is opened",
    "finish": "a call is ended",
    "queue": "a queue",
    "read": "a case",
    "gesture": "the form of a note",
    "note": "a note is kept",
    "search": "a search",
    "news": "news of an open screen",
}


class Crowd:
    """The people of one office, and what each of their actions took, in milliseconds."""

    def __init__(self, port: int, asked: Mapping[str, Any]) -> None:
        self.port, self.asked = port, asked
        self.took: dict[str, list[float]] = defaultdict(list)
        self.counting = False
        self.over = 0.0

    async def run(self) -> float:
        """Everybody works for a while; returns the seconds that counted."""
        sessions = [await self._entered(name) for name in self.asked["agents"]]
        workers = [await self._entered(item["who"]) for item in self.asked["workers"]]
        began = time.perf_counter()
        self.over = began + WARM + SECONDS
        asyncio.get_running_loop().call_later(WARM, self._count)
        everybody = [self._agent(rank, *pair) for rank, pair in enumerate(sessions)]
        everybody += [
            self._worker(rank, *pair, one)
            for rank, (pair, one) in enumerate(zip(workers, self.asked["workers"], strict=True))
        ]
        everybody += [self._news(news, AT_A_CALL, rank) for rank, (_own, news) in enumerate(sessions)]
        everybody += [self._news(news, AT_WORK, rank) for rank, (_own, news) in enumerate(workers)]
        await asyncio.gather(*everybody)
        for pair in sessions + workers:
            for browser in pair:
                await browser.close()
        return SECONDS

    def _count(self) -> None:
        self.counting = True

    async def _entered(self, name: str) -> tuple[Browser, Browser]:
        """A session, on two connections: what the person does, and what the open screen asks."""
        own = Browser(self.port)
        await own.sign_in(name)
        return own, Browser(self.port, NEWS, own.cookies)

    async def _do(self, kind: str, asking: Awaitable[Answer], *statuses: int) -> Answer:
        answer = await asking
        if answer.status not in (statuses or (FOUND,)):
            raise Unexpected(f"{kind}: {answer.status} {answer.body[:1200].decode(errors='replace')}")
        if self.counting:
            self.took[kind].append(answer.ms)
        return answer

    async def _agent(self, rank: int, browser: Browser, _news: Browser) -> None:
        rng = random.Random(SEED * 1000 + rank)
        await asyncio.sleep(rng.uniform(0, PAUSE[1]))
        number = 0
        while time.perf_counter() < self.over:
            number += 1
            await self._call(rng, browser, f"crowd-{self.port}-{rank}-{number}", opens=number % 3 == 0)

    async def _call(self, rng: random.Random, browser: Browser, key: str, *, opens: bool) -> None:
        began = await self._do("begin", browser.post("/desk/contacts/", {"key": key}), SENT_ELSEWHERE)
        here = f"/desk/contacts/{began.location.rstrip('/').rpartition('/')[2]}/"
        await self._do("begin", browser.get(here))
        text = rng.choice(QUESTIONS)
        for end in (len(text) // 3, 2 * len(text) // 3, len(text)):
            await asyncio.sleep(TYPING)
            await self._do("suggest", browser.get(f"{here}suggest?q={quote(text[:end])}", NEWS))
            draft = json.dumps({"text": text[:end], "fields": {}, "dropped": [], "matter": 0})
            await self._do("draft", browser.post(f"{here}draft", {"seq": str(end), "draft": draft}))
        await self._pause(rng)
        await self._do("person", browser.get(f"/desk/people?q={quote(rng.choice(self.asked['names']))}", NEWS))
        await self._pause(rng)
        if opens:
            form = case_form(rng, dict(self.asked), f"{key}-case")
            await self._do("form", browser.get(f"{here}pane/case?subject={form['case-subject']}", NEWS))
            await self._pause(rng)
            await self._do("case", browser.post(f"{here}case/", form), SENT_ELSEWHERE)
            await self._pause(rng)
        await self._do("finish", browser.post(f"{here}finish/", {}), SENT_ELSEWHERE)
        await self._pause(rng)

    async def _worker(self, rank: int, browser: Browser, _news: Browser, item: Mapping[str, Any]) -> None:
        rng = random.Random(SEED * 2000 + rank)
        await asyncio.sleep(rng.uniform(0, PAUSE[1]))
        while time.perf_counter() < self.over:
            case = f"/desk/cases/{rng.choice(item['cases'])}/"
            await self._do("queue", browser.get(f"/desk/queue/{item['queue']}/"))
            await self._pause(rng)
            await self._do("read", browser.get(case))
            await self._pause(rng)
            form = await self._do("gesture", browser.get(f"{case}note/", NEWS))
            expect = _EXPECT.search(form.body)
            await self._pause(rng)
            note = {"words": "Vu sur place, à refaire.", "expect": expect[1].decode() if expect else ""}
            await self._do("note", browser.post(f"{case}note/", note), SENT_ELSEWHERE, 409)
            await self._pause(rng)
            await self._do("search", browser.get(f"/desk/search/?q={quote(rng.choice(self.asked['names']))}"))
            await self._pause(rng)

    async def _news(self, browser: Browser, screen: Sequence[tuple[str, float]], rank: int) -> None:
        """What an open screen asks for, each at its own pace; the first moments differ from one screen to the next."""
        rng = random.Random(SEED * 3000 + rank)
        due = [(time.perf_counter() + rng.uniform(0, every), path, every) for path, every in screen]
        marks = {path: "" for path, _every in screen}
        while time.perf_counter() < self.over:
            at, path, every = min(due)
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            answer = await self._do("news", browser.get(f"{path}?{marks[path]}"), FOUND, 204)
            if answer.status == FOUND:
                asked_next = {address: unescape(query) for address, query in _AGAIN.findall(answer.body.decode())}
                marks[path] = asked_next[path]
            due = [(at + every if one == path else when, one, pace) for when, one, pace in due]

    async def _pause(self, rng: random.Random) -> None:
        await asyncio.sleep(rng.uniform(*PAUSE))


def measure(past: Past) -> Section:
    """Each action of a full office, at the largest size of the past."""
    house = past.largest
    asked = house.told("bench.office", str(AGENTS), str(WORKERS), str(ASKED))
    house.start_web()
    house.start_worker()
    time.sleep(SETTLING)
    watch = Bystanders()
    crowd = Crowd(house.port, asked)
    seconds = asyncio.run(crowd.run())
    others = watch.share()
    house.processes.stop()
    lines = []
    for kind, words in ACTIONS.items():
        timings = Timings.of(crowd.took[kind], seconds)
        lines.append(Figure(f"{words}: p95", timings.p95, at_most=MOST_P95, timings=timings))
    title = f"{past.name}: {AGENTS} agents and {WORKERS} others at once, {max(past.houses):,} cases"
    return Section(title, lines, others)
