"""`python -m bench`: makes a house, measures it, prints a table and keeps the figures in bench/results/."""

import argparse
import asyncio
import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from bench import floors, measures
from bench.figures import Bystanders, memory
from bench.house import ROOT, House, drop_postgres
from bench.table import goal_met, table

RESULTS = ROOT / "bench" / "results"
STARTS = 3


def main() -> int:
    """0 when every goal is met, 1 when one is not."""
    asked = _parser().parse_args()
    figures: dict[str, Any] = {"at": datetime.now().astimezone().isoformat(timespec="seconds"), **_machine()}
    urls = {"sqlite": ""} | ({"postgres": asked.postgres} if asked.postgres else {})
    for name, url in urls.items():
        figures[name] = best = _best(name, url, asked)
        print(table(name, best), flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    kept = RESULTS / f"{figures['at'][:19].replace(':', '')}.json"
    kept.write_text(json.dumps(figures, indent=1, ensure_ascii=False))
    print(f"Kept in {kept.relative_to(ROOT)}")
    return 0 if all(goal_met(name, figures[name]) for name in urls) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--cases", type=int, default=2200, help="cases opened in each run (default 2200)")
    parser.add_argument("--runs", type=int, default=3, help="runs of which the best is shown (default 3)")
    parser.add_argument(
        "--postgres",
        metavar="URL",
        default=os.environ.get("BENCH_POSTGRES_URL", ""),
        help="a PostgreSQL database that may be dropped (default: BENCH_POSTGRES_URL; none is SQLite alone)",
    )
    return parser


def _machine() -> dict[str, Any]:
    model = next((line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), "")
    return {
        "processors": psutil.cpu_count(),
        "model": model,
        "python": platform.python_version(),
        "sqlite_library": sqlite3.sqlite_version,
    }


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def _best(name: str, url: str, asked: argparse.Namespace) -> dict[str, Any]:
    runs = []
    for rank in range(asked.runs):
        last = rank == asked.runs - 1
        with _house(name, url) as house:
            runs.append(asyncio.run(_measure(house, asked.cases, whole=last)))
        one = runs[-1]["create"]
        print(f"{name}, run {rank + 1}: {one['per_second']}/s, others used {runs[-1]['bystanders']:.0%}", flush=True)
    best = max(runs, key=lambda run: float(run["create"]["per_second"]))
    creations = {key: best[key] for key in ("create", "bystanders", "letters")}
    return {**runs[-1], **creations, "every_run": [run["create"]["per_second"] for run in runs]}


@contextmanager
def _house(name: str, url: str) -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix=f"bench-{name}-"))
    house = House(folder / "house", url, {"PARVIS_LOG_FORMAT": "json"})
    try:
        house.make()
        yield house
    finally:
        house.stop()
        shutil.rmtree(folder, ignore_errors=True)
        if url:
            drop_postgres(url)


async def _measure(house: House, cases: int, *, whole: bool) -> dict[str, Any]:
    """One run: the creations; with `whole`, the floors, the screens, the start and the memory too."""
    found: dict[str, Any] = {}
    if whole:
        found["floor_insert"] = asdict(
            floors.postgres_insert(house.url) if house.url else floors.sqlite_insert(house.folder)
        )
        found["floor_page"] = asdict(await floors.minimal_page(house))
    data = house.fill(cases)
    house.start("smtp", "bench.smtp_sink", str(house.smtp_port))
    found["start"] = house.start_web()
    house.start_worker()
    time.sleep(3)
    bystanders = Bystanders([os.getpid(), *(process.pid for process in house.processes.values())])
    found["create"] = asdict(await measures.create_cases(house.port, data))
    found["bystanders"] = bystanders.share()
    found["letters"] = house.wait_for_letters()
    if whole:
        found |= await _screens(house, data)
        found["memory"] = memory(process.pid for name, process in house.processes.items() if name != "smtp")
        starts = [found["start"], *(house.restart_web() for _ in range(STARTS - 1))]
        found["start"] = round(min(starts), 2)
    return found


async def _screens(house: House, data: dict[str, Any]) -> dict[str, Any]:
    reference = house.value("SELECT reference FROM cases_case ORDER BY id DESC LIMIT 1")
    found = {
        "suggest": await measures.suggestions(house.port, data),
        "queue": await measures.page(house.port, data["reader"], f"/desk/queue/{data['queue']}/"),
        "case_page": await measures.page(house.port, data["reader"], f"/desk/cases/{reference}/"),
        "whole_call": await measures.whole_calls(house.port, data, 240),
    }
    return {name: asdict(timings) for name, timings in found.items()}


if __name__ == "__main__":
    sys.exit(main())
