"""The workloads, each against a house that runs: eight agents opening cases, one reader of each screen."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

from bench.calls import Call, calls, searches
from bench.client import Answer, Browser
from bench.figures import Timings

CLIENTS = 8
FOUND, SENT_ELSEWHERE = 200, 302


class Unexpected(Exception):
    """The house answered something else than what is being measured."""


def _expect(answer: Answer, status: int, what: str) -> Answer:
    if answer.status != status:
        raise Unexpected(f"{what}: {answer.status} {answer.location} {answer.body[:2000].decode(errors='replace')}")
    return answer


async def sessions(port: int, usernames: Iterable[str]) -> list[Browser]:
    """A signed-in browser for each name; a name given twice gets two sessions."""
    browsers = []
    for username in usernames:
        browsers.append(Browser(port))
        await browsers[-1].sign_in(username)
    return browsers


async def _open(browser: Browser, call: Call) -> Answer:
    answer = await browser.post(f"/desk/contacts/{call.contact}/case/", call.form)
    _expect(answer, SENT_ELSEWHERE, f"case of contact {call.contact}")
    if "?case=" not in answer.location:
        raise Unexpected(f"case of contact {call.contact}: sent to {answer.location}")
    return answer


async def create_cases(
    port: int, house: dict[str, Any], warm: int = 160, begin: Callable[[], None] = lambda: None
) -> Timings:
    """W1: eight sessions open one case in each contact, as fast as they are answered.

    The first `warm` do not count; `begin` is called after them.
    """
    agents = sorted(house["contacts"])
    todo = {name: calls(house, name) for name in agents}
    browsers = await sessions(port, [agents[rank % len(agents)] for rank in range(CLIENTS)])
    took: list[float] = []

    async def work(browser: Browser, mine: Iterator[Call]) -> None:
        for call in mine:
            took.append((await _open(browser, call)).ms)

    async def warm_up(browser: Browser, mine: Iterator[Call]) -> None:
        for _ in range(warm // CLIENTS):
            await _open(browser, next(mine))

    pairs = [(browser, todo[agents[rank % len(agents)]]) for rank, browser in enumerate(browsers)]
    await asyncio.gather(*(warm_up(*pair) for pair in pairs))
    begin()
    began = time.perf_counter()
    await asyncio.gather(*(work(*pair) for pair in pairs))
    return Timings.of(took, time.perf_counter() - began)


async def whole_calls(port: int, house: dict[str, Any], count: int) -> Timings:
    """Eight agents, whole calls: begun, a case opened, finished; one time for the three."""
    agents = sorted(house["contacts"])
    browsers = await sessions(port, [agents[rank % len(agents)] for rank in range(CLIENTS)])
    models = [call.form for name in agents for call in calls(house, name)]
    took: list[float] = []

    async def work(rank: int, browser: Browser) -> None:
        for number in range(rank, count, CLIENTS):
            began = _expect(await browser.post("/desk/contacts/", {"key": f"whole-{number}"}), SENT_ELSEWHERE, "begin")
            contact = int(began.location.rstrip("/").rpartition("/")[2])
            form = {**models[number % len(models)], "case-key": f"whole-case-{number}"}
            opened = await _open(browser, Call(contact, form["case-key"], form))
            ended = await browser.post(f"/desk/contacts/{contact}/finish/", {})
            took.append(began.ms + opened.ms + _expect(ended, SENT_ELSEWHERE, "finish").ms)

    began = time.perf_counter()
    await asyncio.gather(*(work(rank, browser) for rank, browser in enumerate(browsers)))
    return Timings.of(took, time.perf_counter() - began)


async def _one_reader(count: int, read: Callable[[int], Awaitable[Answer]], what: str) -> Timings:
    for rank in range(10):
        _expect(await read(rank), FOUND, what)
    began = time.perf_counter()
    took = [_expect(await read(rank), FOUND, what).ms for rank in range(count)]
    return Timings.of(took, time.perf_counter() - began)


async def suggestions(port: int, house: dict[str, Any], count: int = 300) -> Timings:
    """One agent types: what the words find and the answer on top, a request for each pause between two letters."""
    username = next(name for name, contacts in house["contacts"].items() if contacts)
    [browser] = await sessions(port, [username])
    path = f"/desk/contacts/{house['contacts'][username][0]}/suggest"
    asked = list(searches(count + 10))
    return await _one_reader(count, lambda rank: browser.get(f"{path}?q={quote(asked[rank])}"), "suggest")


async def page(port: int, username: str, path: str, count: int = 100) -> Timings:
    """One reader of one page."""
    [browser] = await sessions(port, [username])
    return await _one_reader(count, lambda _rank: browser.get(path), path)
