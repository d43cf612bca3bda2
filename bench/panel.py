"""A screen in a browser for a day: 5,760 polls of its list under a fast clock, and the memory that it ends with.

    python -m bench.panel [--polls 5760] [--address http://.../panneau/secret/]

A Chromium of its own opens the page of a screen. Its clock, and the time that the server tells, go fifteen seconds
ahead at each poll; messages take turns all the while. Memory is read after a collection of what is unused, at a tenth
of the day, before the reload of the night, and at the end: the page's JavaScript heap, and what the
processes of the browser have for themselves (USS).
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import psutil
from playwright.sync_api import CDPSession, Page, sync_playwright

from bench.figures import Bystanders, Figure, Section
from bench.house import House
from bench.processes import ROOT
from bench.table import missed, table
from tests.journeys.browser import FLAGS, chromium
from tests.panels.gate import Gate

POLLS, STEP = 5760, 15_000  # in a day; milliseconds between two
GROWTH = 5.0  # per cent
START = 5  # o'clock: the reload of the night is at the end of the day
ZONE = ZoneInfo("America/Toronto")
PATIENCE, OPENING = 30_000, 120_000  # ms for one poll, for the first message
SCREENS = "from parvis.operations.demo.services import seed_once; seed_once(cases=30)"
SECRET = "SELECT secret FROM panels_screen WHERE kind = 'page' AND width > 1000 ORDER BY id LIMIT 1"


def measure(name: str, folder: Path, url: str = "", *, polls: int = POLLS) -> Section:
    """The section of the table, on a house of its own with the screens of the demonstration."""
    house = House(folder / f"{name.lower()}-panel", url)
    house.make()
    house.parvis("manage", "shell", "--no-imports", "-c", SCREENS)
    try:
        house.start_web()
        return _watch(f"{name}: a panel for a day", f"{house.site}/panneau/{house.value(SECRET)}/", polls)
    finally:
        house.remove()


def _watch(title: str, address: str, polls: int) -> Section:
    watch = Bystanders()
    looks = _day(address, polls)
    (_, heap, pss), *rest = looks
    grown = [max((late_heap - heap) / heap * 100 for _, late_heap, _ in rest)]
    grown.append(max((late_pss - pss) / pss * 100 for _, _, late_pss in rest))
    lines = [
        Figure("polls answered", float(looks[-1][0]), "polls", at_least=float(polls)),
        Figure("growth of the page's heap after a tenth of the day", round(grown[0], 2), "%", at_most=GROWTH),
        Figure("growth of the browser's memory after a tenth of the day", round(grown[1], 2), "%", at_most=GROWTH),
    ]
    notes = [f"{count:6} polls: heap {heap:.2f} MB, browser {pss:.1f} MB" for count, heap, pss in looks]
    return Section(title, lines, watch.share(), notes)


def _day(address: str, polls: int) -> list[tuple[int, float, float]]:
    """(polls, megabytes of heap, megabytes of the browser) at a tenth of the day, then later, last at its end."""
    server, _, path = address.partition("/panneau/")
    with _gate(server) as gate, sync_playwright() as playwright, TemporaryDirectory(prefix="panel-") as profile:
        # A profile of its own, as a kiosk has: a private window keeps all that it received in memory.
        chrome = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium(),
            args=[*FLAGS, "--js-flags=--expose-gc"],
            viewport={"width": 1920, "height": 1080},
        )
        page = chrome.pages[0]
        begin = datetime.now(ZONE).replace(hour=START, minute=0, second=0, microsecond=0) + timedelta(days=1)
        gate.ahead = round((begin.timestamp() - time.time()) * 1000)
        page.clock.install(time=begin)
        page.goto(f"{gate.url}/panneau/{path}")
        page.wait_for_selector("body[data-state=calm]", timeout=OPENING)
        cdp = page.context.new_cdp_session(page)
        looks = []
        for twentieths in (2, 5, 10, 19, 20):
            while gate.polls < polls * twentieths // 20:
                _poll(page, gate)
            looks.append((gate.polls, *_memory(cdp)))
            print("{} polls: heap {} MB, browser {} MB".format(*looks[-1]), file=sys.stderr, flush=True)
        chrome.close()
    return looks


@contextmanager
def _gate(server: str) -> Iterator[Gate]:
    gate = Gate(server)
    gate.open()
    try:
        yield gate
    finally:
        gate.close()


def _poll(page: Page, gate: Gate) -> None:
    """Fifteen seconds pass for the screen and for the server; the screen asks for its list."""
    gate.ahead += STEP
    before = gate.polls
    page.clock.fast_forward(STEP)
    deadline = time.monotonic() + PATIENCE / 1000
    while gate.polls == before and time.monotonic() < deadline:
        page.wait_for_timeout(1)
        page.clock.fast_forward(500)
        gate.ahead += 500


def _memory(cdp: CDPSession) -> tuple[float, float]:
    """Megabytes: the heap in use after a collection, the private memory of the browser."""
    for _ in range(3):
        cdp.send("HeapProfiler.collectGarbage")
    cdp.send("Performance.enable")
    metrics: dict[str, Any] = {row["name"]: row["value"] for row in cdp.send("Performance.getMetrics")["metrics"]}
    return round(metrics["JSHeapUsedSize"] / 1e6, 3), round(_private() / 1e6, 1)


def _private() -> float:
    """Octets that the processes of the browser alone have for themselves: not those of the server that it polls, nor
    what it shares, which varies with other browsers.
    """
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            total += process.memory_full_info().uss if "chrom" in process.name() else 0
        except psutil.Error:
            continue
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the goals are reached."""
    parser = argparse.ArgumentParser(prog="python -m bench.panel", description=__doc__)
    parser.add_argument("--polls", type=int, default=POLLS)
    parser.add_argument("--address", default="", help="of a screen that runs already")
    asked = parser.parse_args(arguments)
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    if asked.address:
        section = _watch("a panel for a day", asked.address, asked.polls)
    else:
        section = measure("SQLite", folder, polls=asked.polls)
    print(table([section]))
    return 1 if missed([section]) else 0


if __name__ == "__main__":
    sys.exit(main())
