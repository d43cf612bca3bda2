"""Requests sent by programs (`POST requests.json`), against the desk's openings in the same run."""

import asyncio
import json
import random
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench import measures
from bench.calls import SEED, words
from bench.client import Answer, Browser
from bench.creating import SETTLING, fresh_house
from bench.figures import Bystanders, Figure, Section, Timings
from bench.measures import CLIENTS, Unexpected

LEAST = 0.5  # of the openings of the desk
WARM = 80
PEOPLE = 200  # of `bench.prepare`
PATH = "/open311/v2/requests.json"
TAKEN = (200, 201)
Form = dict[str, str]


def person(rank: int, *, known: bool, seed: int) -> Form:
    """Someone with an e-mail; `known`: one of those whom `bench.prepare` registered, as the desk's callers are."""
    if known:
        names = {"first_name": "Camille", "last_name": f"Essai{rank}", "email": f"essai{rank}@exemple.test"}
        return names | {"phone": f"450 555-{rank:04d}"}
    return {"first_name": "Dominique", "last_name": f"Nouveau{rank}", "email": f"nouveau{seed}-{rank}@exemple.test"}


def forms(
    house: Mapping[str, Any], keys: Mapping[str, Any], count: int, seed: int = SEED, *, known: bool = True
) -> Iterator[Form]:
    """What programs send: a service and its questions, a point, forty words, someone."""
    rng = random.Random(seed)
    services = [row for row in house["subjects"] if row["nature"] == "request"]
    for rank in range(count):
        service, (north, east) = rng.choice(services), rng.choice(keys["points"])
        yield {
            "api_key": keys["keys"][rank % len(keys["keys"])],
            "service_code": service["slug"],
            "lat": f"{north:.6f}",
            "long": f"{east:.6f}",
            "description": words(rng),
            **person(rank % PEOPLE if known else rank, known=known, seed=seed),
            **{f"attribute[{name}]": value for name, value in service["asks"].items()},
        }


async def send(browser: Browser, form: Form) -> Answer:
    """One request sent. Raises Unexpected when it is not taken."""
    answer = await browser.post(PATH, form)
    if answer.status not in TAKEN:
        raise Unexpected(f"{form['service_code']}: {answer.status} {answer.body[:400].decode(errors='replace')}")
    return answer


def number_of(answer: Answer) -> str:
    """The number that was given to a request."""
    return str(json.loads(answer.body)[0]["service_request_id"])


async def create_by_programs(port: int, house: Mapping[str, Any], keys: Mapping[str, Any], count: int) -> Timings:
    """Eight programs send requests as fast as they are answered; the first WARM do not count."""
    todo = forms(house, keys, count + WARM)
    browsers = [Browser(port, {"X-Forwarded-For": f"198.51.100.{rank + 1}"}) for rank in range(CLIENTS)]
    took: list[float] = []

    async def work(browser: Browser, mine: Iterator[Form]) -> None:
        for form in mine:
            took.append((await send(browser, form)).ms)

    warm = [next(todo) for _ in range(WARM)]
    await asyncio.gather(*(work(browser, iter(warm[rank::CLIENTS])) for rank, browser in enumerate(browsers)))
    took.clear()
    began = time.perf_counter()
    await asyncio.gather(*(work(browser, todo) for browser in browsers))
    seconds = time.perf_counter() - began
    for browser in browsers:
        await browser.close()
    return Timings.of(took, seconds)


def measure(name: str, folder: Path, url: str, *, cases: int, runs: int) -> Section:
    """The section of the table: in each run the desk opens its cases, then programs as many; the best ratio counts."""
    done: list[tuple[Timings, Timings]] = []
    watch = Bystanders()
    for rank in range(runs):
        with fresh_house(folder, url) as house:
            data: dict[str, Any] = house.told("bench.prepare", str(cases))
            keys: dict[str, Any] = house.told("bench.program_keys", str(CLIENTS))
            house.start_web()
            house.start_worker()
            time.sleep(SETTLING)
            desk = asyncio.run(measures.create_cases(house.port, data, warm=min(160, cases // 2)))
            programs = asyncio.run(create_by_programs(house.port, data, keys, cases))
        done.append((desk, programs))
        ratio = programs.per_second / desk.per_second
        print(
            f"{name}, run {rank + 1}: desk {desk.per_second}/s, programs {programs.per_second}/s, {ratio:.2f}",
            flush=True,
        )
    desk, programs = max(done, key=lambda pair: pair[1].per_second / pair[0].per_second)
    figures = [
        Figure("the desk's openings, 8 clients", desk.per_second, "a second", timings=desk),
        Figure("POST requests.json, 8 clients", programs.per_second, "a second", timings=programs),
        Figure(
            "POST requests.json against the desk's openings",
            round(programs.per_second / desk.per_second, 2),
            "times",
            at_least=LEAST,
        ),
    ]
    return Section(f"{name}: requests sent by programs", figures, watch.share())
