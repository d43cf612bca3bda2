"""The search of cases over a past, over HTTP: words rare and common, phones, references, the hundredth page, slips."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from bench.client import Browser
from bench.figures import Bystanders, Figure, Section, Timings
from bench.measures import FOUND, Unexpected
from bench.past import SETTLING, Past

WARM = 6
DEEPEST = 100
AMONG = 5
MOST_P95 = {"SQLite": 150.0, "PostgreSQL": 100.0}
MOST_P50 = {"rare": 12.0, "common": 60.0}
MOST_WITH_TEN_TIMES_MORE, LEAST_FOUND = 1.5, 95.0
WORDS = {
    "rare": "rare word", "common": "common words", "phone": "piece of a phone", "reference": "reference",
    "first": "first page of a common word", "hundredth": "its hundredth page",
}  # fmt: skip
Searches = dict[int, dict[str, Timings]]
_NEXT = re.compile(rb'href="([^"]+)"\s+rel="next"')
_CASE = re.compile(rb'/desk/cases/([0-9]{2}-[0-9]+-[A-Z])/"\s+data-row')


async def _page(browser: Browser, path: str) -> tuple[float, bytes]:
    answer = await browser.get(path)
    if answer.status not in (FOUND, 302):
        raise Unexpected(f"{path}: {answer.status} {answer.body[:800].decode(errors='replace')}")
    return answer.ms, answer.body


def _search(text: str) -> str:
    return f"/desk/search/?{urlencode({'q': text})}"


async def _series(browser: Browser, paths: Sequence[str]) -> Timings:
    for path in paths[:WARM]:
        await _page(browser, path)
    began = time.perf_counter()
    took = [(await _page(browser, path))[0] for path in paths]
    return Timings.of(took, time.perf_counter() - began)


async def _deep(browser: Browser, words: Sequence[str]) -> str:
    """The address of the hundredth page of the first of these words that has one, or of its last page."""
    path = _search(words[0])
    for _page_number in range(DEEPEST - 1):
        _ms, body = await _page(browser, path)
        match = _NEXT.search(body)
        if match is None:
            break
        path = match[1].decode().replace("&amp;", "&")
    return path


async def _found(browser: Browser, slips: Sequence[Sequence[str]]) -> float:
    """Of the look-ups with one mistake, how many of a hundred have their case among the first five."""
    right = 0
    for typed, reference in slips:
        _ms, body = await _page(browser, _search(typed))
        right += reference.encode() in _CASE.findall(body)[:AMONG]
    return round(100 * right / len(slips), 1) if slips else 0.0


async def one_round(port: int, asked: Mapping[str, Any]) -> tuple[dict[str, Timings], float]:
    """Every kind of search by one agent, and how many slips were understood."""
    browser = Browser(port)
    await browser.sign_in(asked["who"])
    series = {
        kind: await _series(browser, [_search(item) for item in asked[kind]]) for kind in ("rare", "common", "phone")
    }
    series["reference"] = await _series(browser, [f"{_search(item)}&state=" for item in asked["reference"]])
    first, deep = _search(asked["deep"][0]), await _deep(browser, asked["deep"])
    count = max(30, len(asked["rare"]) // 4)
    series["first"] = await _series(browser, [first] * count)
    series["hundredth"] = await _series(browser, [deep] * count)
    understood = await _found(browser, asked["slips"])
    await browser.close()
    return series, understood


def measure(past: Past, *, pages: int, rounds: int) -> tuple[Section, Searches]:
    """The search at each size of the past, and the timings of each kind at each size."""
    asked = past.lookups(pages)
    for house in past.houses.values():
        house.start_web()
    time.sleep(SETTLING)
    watch, result = Bystanders(), {}
    for size, house in past.houses.items():
        result[size] = [asyncio.run(one_round(house.port, asked[size])) for _ in range(rounds)]
    others = watch.share()
    for house in past.houses.values():
        house.processes.stop()
    lines: list[Figure] = []
    largest, best = max(result), Searches()
    for size, each in sorted(result.items()):
        best[size] = {kind: min((item[0][kind] for item in each), key=lambda it: it.p95) for kind in WORDS}
        for kind, timings in best[size].items():
            p50 = MOST_P50.get(kind) if size == 100_000 else None  # noqa: PLR2004
            lines.append(
                Figure(f"search, {WORDS[kind]}, {size:,} cases: p50", timings.p50, at_most=p50, timings=timings)
            )
            most = MOST_P95[past.name] if size == largest else None
            lines.append(Figure(f"search, {WORDS[kind]}, {size:,} cases: p95", timings.p95, at_most=most))
        name = f"search with one mistake, {size:,} cases: the case among the first {AMONG}"
        lines.append(Figure(name, each[0][1], "%", at_least=LEAST_FOUND))
    if len(result) > 1:
        for kind, words in WORDS.items():
            ratio = best[largest][kind].p95 / best[min(result)][kind].p95
            name = f"search, {words}: {largest:,} cases against {min(result):,}"
            lines.append(Figure(name, round(ratio, 2), "times", MOST_WITH_TEN_TIMES_MORE))
    return Section(f"{past.name}: the search over a past", lines, others), best
