"""The citizen's pages: how many a second, what each weighs, and whether any of them asks another host for anything."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import quote

from bench.calls import QUESTIONS, SEED, words
from bench.client import Answer, Browser
from bench.figures import Figure, Timings
from bench.measures import FOUND, Unexpected
from bench.weight import Page, visit

CLIENTS = 8
SECONDS = 8.0
NOT_MODIFIED = 304
TOPIC = "/reponses/"
LEAST_TOPICS, LEAST_QUESTIONS = 500, 120
MOST_KILOBYTES = 100


def citizens() -> list[Browser]:
    """Browsers of as many people, each at an address of its own; no session, as anybody who arrives."""
    return [Browser(0, {"X-Forwarded-For": f"198.51.100.{rank + 1}"}) for rank in range(CLIENTS)]


async def _rate(port: int, ask: Callable[[Browser, int], Awaitable[Answer]], status: int, seconds: float) -> Timings:
    """As many as are answered by that status in that time, each browser waiting for its answer before it asks again."""
    browsers, took, asked = citizens(), list[float](), 0
    for browser in browsers:
        browser.port = port

    async def work(browser: Browser, until: float) -> None:
        nonlocal asked
        while time.perf_counter() < until:
            asked += 1
            answer = await ask(browser, asked)
            if answer.status != status:
                raise Unexpected(f"{answer.status} for {status}: {answer.body[:600].decode(errors='replace')}")
            took.append(answer.ms)

    began = time.perf_counter()
    await asyncio.gather(*(work(browser, began + 1) for browser in browsers))
    took.clear()
    began = time.perf_counter()
    await asyncio.gather(*(work(browser, began + seconds) for browser in browsers))
    return Timings.of(took, time.perf_counter() - began)


async def topics_a_second(port: int, paths: Sequence[str], seconds: float = SECONDS) -> Timings:
    """Topic pages asked again by browsers that hold them: their ETag is sent, 304 is expected."""
    first = Browser(port)
    held = []
    for path in paths:
        answer = await first.get(path)
        if answer.status != FOUND or not answer.etag:
            raise Unexpected(f"{path}: {answer.status}, ETag {answer.etag or 'absent'}")
        held.append((path, {"If-None-Match": answer.etag}))
    await first.close()

    async def again(browser: Browser, number: int) -> Answer:
        return await browser.get(*held[number % len(held)])

    return await _rate(port, again, NOT_MODIFIED, seconds)


async def questions_a_second(port: int, seconds: float = SECONDS) -> Timings:
    """Questions that were never asked before: the town's common ones, followed by a few words."""
    rng = random.Random(SEED)

    async def question(browser: Browser, number: int) -> Answer:
        tail = " ".join(words(rng).rstrip(".").lower().split()[:3])
        return await browser.get(f"/?q={quote(f'{QUESTIONS[number % len(QUESTIONS)]} {tail}')}")

    return await _rate(port, question, FOUND, seconds)


def weights(site: str, secret: str) -> tuple[list[Page], list[Figure]]:
    """Every page that a citizen reaches from the home page or from the private link of a case, and the heaviest."""
    pages = visit(site, ["/", f"/?q={quote(QUESTIONS[0])}", f"/?q={quote('zzzz')}", f"/suivi/{secret}/"])
    heaviest = max(pages, key=lambda page: page.kilobytes)
    elsewhere = sorted({host for page in pages for host in page.elsewhere})
    return pages, [
        Figure(f"heaviest of {len(pages)} public pages: {heaviest.path}", heaviest.kilobytes, "KB", MOST_KILOBYTES),
        Figure(f"other hosts asked {elsewhere or ''}".rstrip(), len(elsewhere), "hosts", 0),
    ]


def rates(topics: Timings | None, questions: Timings) -> list[Figure]:
    """The lines of the table."""
    result = [
        Figure(
            f"ask page, new words each time, {CLIENTS} clients",
            questions.per_second,
            "a second",
            at_least=LEAST_QUESTIONS,
            timings=questions,
        )
    ]
    name = f"topic page by its ETag, {CLIENTS} clients"
    if topics is None:
        return [Figure(f"{name}: no topic page is there", 0, "a second", at_least=LEAST_TOPICS), *result]
    return [Figure(name, topics.per_second, "a second", at_least=LEAST_TOPICS, timings=topics), *result]


def topic_paths(pages: Sequence[Page]) -> list[str]:
    """The topic pages among those."""
    return [page.path for page in pages if page.path.startswith(TOPIC) and page.path != TOPIC]
