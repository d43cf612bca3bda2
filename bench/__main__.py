"""Measures Parvis over HTTP, prints one table, and keeps its figures; exit code 1 while a goal is missed.

Everything happens on 127.0.0.1, in var/bench, on databases of its own. See docs/build/measuring.md.
"""

import argparse
import json
import os
import platform
import signal
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from bench import (
    answers,
    creating,
    crowd,
    finding,
    listing,
    mailing,
    newsletter,
    outreach,
    panel,
    past,
    places,
    programs,
    rush,
    storm,
)
from bench.figures import Section, Timings
from bench.past import Past
from bench.peers import measuring
from bench.processes import ROOT
from bench.reading import Series
from bench.table import missed, table

FOLDER = ROOT / "var" / "bench"
RESULTS = ROOT / "bench" / "results"
PARTS = (
    "create",
    "read",
    "search",
    "crowd",
    "run",
    "public",
    "places",
    "answers",
    "mail",
    "programs",
    "storm",
    "lists",
    "newsletter",
    "outreach",
    "panels",
    "rush",
)
FULL = {
    "cases": [10_000, 100_000],
    "opened": 2200,
    "runs": 3,
    "rounds": 3,
    "pages": 300,
    "lighthouse_runs": 5,
    "addresses": 1_000_000,
    "answers": [200, 2_000],
    "letters": 1_000,
    "requests": 2_000,
    "newsletter": 12_000,
    "outreach": [500, 100, 200, 50],
    "polls": 5_760,
    "families": 10_000,
}
QUICK = {
    "cases": [2_000],
    "opened": 400,
    "runs": 1,
    "rounds": 1,
    "pages": 120,
    "lighthouse_runs": 1,
    "addresses": 20_000,
    "answers": [200],
    "letters": 200,
    "requests": 200,
    "newsletter": 1_000,
    "outreach": [50, 10, 20, 5],
    "polls": 600,
    "families": 300,
}


def main() -> int:
    """0 when every goal that was measured is reached, 1 when one is not, 130 when interrupted."""
    asked = _asked()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    FOLDER.mkdir(parents=True, exist_ok=True)
    at = datetime.now().astimezone()
    sections: list[Section] = []
    try:
        for name, url in {"SQLite": "", **({"PostgreSQL": asked.postgres} if asked.postgres else {})}.items():
            sections += _database(name, url, asked)
    except KeyboardInterrupt:
        print("Interrupted: everything that was started is stopped.", file=sys.stderr)
        return 130
    if asked.prepare:
        return 0
    _keep(asked.json or RESULTS / f"{at:%Y%m%dT%H%M%S}.json", at, sections)
    for goal in (goals := missed(sections)):
        print(f"MISSED  {goal}")
    return 1 if goals else 0


def _database(name: str, url: str, asked: argparse.Namespace) -> list[Section]:
    """The sections of one database, printed as they come."""
    database: list[Section] = []
    created: Timings | None = None
    series: dict[int, Series] = {}
    searches: finding.Searches = {}

    def add(*sections: Section) -> None:
        database.extend(sections)
        print(table(sections), flush=True)

    if "create" in asked.only and not asked.prepare:
        house = FOLDER / f"{name.lower()}-create"
        section, created = creating.measure(name, house, url, cases=asked.opened, runs=asked.runs)
        add(section)
    if "places" in asked.only and not asked.prepare:
        add(places.measure(name, FOLDER, url, count=asked.addresses, asked=asked.pages, keep=asked.keep))
    if "answers" in asked.only and not asked.prepare:
        add(answers.measure(name, FOLDER, url, sizes=asked.answers, keep=asked.keep))
    if "mail" in asked.only and not asked.prepare:
        add(mailing.measure(name, FOLDER, url, count=asked.letters, peers=asked.peers))
    if {"programs", "storm"} & set(asked.only) and not asked.prepare:
        add(*_programs(name, url, asked))
    if "newsletter" in asked.only and not asked.prepare:
        add(newsletter.measure(name, url, count=asked.newsletter))
    if "outreach" in asked.only and not asked.prepare:
        letters, texts, pushes, calls = asked.outreach
        add(outreach.measure(name, url, sizes=(letters, texts, pushes, calls)))
    if "panels" in asked.only and not (url or asked.prepare):
        add(panel.measure(name, FOLDER, polls=asked.polls))
    if "rush" in asked.only and not asked.prepare:
        add(rush.measure(name, FOLDER / f"{name.lower()}-rush", url, families=asked.families))
    if set(asked.only) <= {"mail", "newsletter", "outreach", "panels", "rush"}:
        return database
    if not (asked.peers or asked.prepare or {"read", "search", "crowd", "run", "public", "lists"} & set(asked.only)):
        return database
    houses = Past(name)
    try:
        houses = Past.make(name, FOLDER, url, asked.cases, keep=asked.keep)
        if asked.prepare:
            return _prepare(houses, url, asked)
        if "read" in asked.only:
            section, series = past.read(houses, pages=asked.pages, rounds=asked.rounds)
            add(section)
        if "search" in asked.only:
            section, searches = finding.measure(houses, pages=asked.pages, rounds=asked.rounds)
            add(section)
        if "lists" in asked.only:
            add(listing.measure(houses, pages=asked.pages, rounds=asked.rounds))
        if "crowd" in asked.only:
            add(crowd.measure(houses))
        if "run" in asked.only:
            add(past.run(houses))
        if "public" in asked.only:
            runs = asked.lighthouse_runs if asked.lighthouse and not url else 0
            add(*past.citizens(houses, lighthouse_runs=runs, folder=FOLDER))
        if asked.peers:
            add(*_peers(houses, url, asked, measuring.Ours(created, series, searches)))
    finally:
        houses.end(keep=asked.keep)
    return database


def _programs(name: str, url: str, asked: argparse.Namespace) -> list[Section]:
    """The requests that programs send: against the desk, and in a storm."""
    house, sections = FOLDER / f"{name.lower()}-create", []
    if "programs" in asked.only:
        sections.append(programs.measure(name, house, url, cases=asked.opened, runs=asked.runs))
    if "storm" in asked.only:
        sections.append(storm.measure(name, house, url, requests=asked.requests))
    return sections


def _prepare(houses: Past, url: str, asked: argparse.Namespace) -> list[Section]:
    if asked.peers:
        for peer, size in measuring.prepare(url, houses.rows(FOLDER), keep=True):
            print(f"{peer.name}: {size:,} rows are there", flush=True)
            if not size:
                peer.remove()
    return []


def _peers(houses: Past, url: str, asked: argparse.Namespace, ours: measuring.Ours) -> list[Section]:
    plan = measuring.Plan(
        pages=asked.pages, rounds=asked.rounds, opened=asked.opened, words=houses.lookups(asked.pages)
    )
    measured = measuring.measure(url, houses.rows(FOLDER), plan, keep=asked.keep)
    theirs = [measuring.section(f"{houses.name}: {name}", one) for name, one in measured.items()]
    against = measuring.ratios(ours, measured.values())
    others = max(section.others for section in theirs)
    return [*theirs, *([Section(f"{houses.name}: against the best peer", against, others)] if against else [])]


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small run: 2,000 cases, one round")
    parser.add_argument(
        "--postgres",
        metavar="URL",
        default=os.environ.get("BENCH_POSTGRES_URL", ""),
        help="measure PostgreSQL too, in databases named after this one (default: BENCH_POSTGRES_URL)",
    )
    parser.add_argument("--peers", action="store_true", help="django-helpdesk and Roundup too, on the same rows")
    parser.add_argument("--lighthouse", action="store_true", help="Lighthouse too, on the pages of the citizen")
    parser.add_argument("--only", type=_parts, default=PARTS, metavar="PARTS", help=f"among {','.join(PARTS)}, or none")
    parser.add_argument("--cases", type=_sizes, metavar="N,N", help="sizes of the past (10000,100000)")
    parser.add_argument("--opened", type=int, metavar="N", help="cases opened in each run (2200)")
    parser.add_argument("--runs", type=int, metavar="N", help="runs of the creation, of which the best is shown (3)")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of reading, of which the best is shown (3)")
    parser.add_argument("--pages", type=int, metavar="N", help="pages of each kind in a round (300)")
    parser.add_argument("--addresses", type=int, metavar="N", help="civic addresses among which one is found (1000000)")
    parser.add_argument("--answers", type=_sizes, metavar="N,N", help="numbers of answers asked among (200,2000)")
    parser.add_argument("--letters", type=int, metavar="N", help="messages taken in (1000)")
    parser.add_argument("--requests", type=int, metavar="N", help="requests of the storm (2000)")
    parser.add_argument("--newsletter", type=int, metavar="N", help="letters of an issue (12000)")
    parser.add_argument("--polls", type=int, metavar="N", help="polls of a panel's day (5760)")
    parser.add_argument("--families", type=int, metavar="N", help="families who arrive at an opening (10000)")
    parser.add_argument(
        "--outreach",
        type=_counts,
        metavar="N,N,N,N",
        help="letters, texts, pushes and calls of a message (500,100,200,50)",
    )
    parser.add_argument(
        "--keep", action="store_true", help="keep the houses with a past in var/bench, and use them again"
    )
    parser.add_argument("--prepare", action="store_true", help="make and keep what will be measured; measure nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go (bench/results/TIME.json)")
    asked = parser.parse_args()
    for name, value in (QUICK if asked.quick else FULL).items():
        if getattr(asked, name, None) is None:
            setattr(asked, name, value)
    asked.keep = asked.keep or asked.prepare
    return asked


def _parts(text: str) -> Sequence[str]:
    parts = [] if text == "none" else text.split(",")
    if not set(parts) <= set(PARTS):
        raise argparse.ArgumentTypeError(f"among {', '.join(PARTS)}")
    return parts


def _sizes(text: str) -> list[int]:
    return sorted(int(size) for size in text.split(","))


def _counts(text: str) -> list[int]:
    counts = [int(count) for count in text.split(",")]
    if len(counts) != 4:  # noqa: PLR2004
        raise argparse.ArgumentTypeError("four numbers: letters, texts, pushes, calls")
    return counts


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _keep(path: Path, at: datetime, sections: Sequence[Section]) -> None:
    figures = {
        "at": at.isoformat(timespec="seconds"),
        **_machine(),
        "sections": [_plain(section) for section in sections],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False))
    print(f"Kept in {path}")


def _plain(section: Section) -> dict[str, Any]:
    figures = [{**asdict(figure), "met": figure.met, "ratio": figure.ratio} for figure in section.figures]
    return {"title": section.title, "others": section.others, "figures": figures, "notes": list(section.notes)}


def _machine() -> dict[str, Any]:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return {
        "processors": psutil.cpu_count(),
        "model": next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), ""),
        "python": platform.python_version(),
        "sqlite_library": sqlite3.sqlite_version,
    }


if __name__ == "__main__":
    sys.exit(main())
