"""Lighthouse on the citizen's pages, as on a phone: the median of several runs of each page."""

import json
import os
import shutil
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from bench.figures import Figure
from bench.processes import Failed, run

ANSWERED = "hauteur de clôture"  # at once, on a page that search engines may keep
PACKAGE = "lighthouse@12.8.2"
GOALS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
OWN = {name: GOALS[name] for name in ("performance", "accessibility")}  # pages that no search engine keeps
MAP = {"accessibility": 100}  # a map is drawn at a tap
FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FETCHING, ONE_RUN = 300.0, 120.0
TRIES, LOST = 3, "Please run Lighthouse again"  # its trace of the page is lost now and then, and it says so


class Visited(NamedTuple):
    """A page, and the least mark of each category (of 100)."""

    path: str
    goals: Mapping[str, int] = GOALS


def missing() -> str:
    """Why Lighthouse cannot run here; "" when it can. Fetches it from the package registry the first time."""
    if not shutil.which("npx"):
        return "Lighthouse did not run: npx is not installed"
    if not _browser():
        return "Lighthouse did not run: no Chromium is installed"
    try:
        run(["npx", "--yes", PACKAGE, "--version"], os.environ, seconds=FETCHING)
    except Failed as reason:
        return f"Lighthouse did not run: {str(reason).splitlines()[-1]}"
    return ""


def pages(topics: Sequence[str], secret: str) -> list[Visited]:
    """The pages that count most for someone on a phone; `secret` opens the follow-up of a request."""
    kept = ["/", f"/?q={quote(ANSWERED)}", *topics[:1], "/demande/", "/signaler/", "/suivi/", "/loisirs/"]
    return [*map(Visited, kept), Visited(f"/suivi/{secret}/", OWN), Visited("/carte/", MAP)]


def figures(site: str, visited: Sequence[Visited], folder: Path, runs: int) -> tuple[list[Figure], list[str]]:
    """The marks of each page, the median of `runs`; what lowered those that are under their goal, in words."""
    lines, notes = [], []
    for page in visited:
        seen = [_look(f"{site}{page.path}", folder) for _ in range(runs)]
        shown = "/suivi/…/" if page.goals is OWN else page.path
        for name, goal in page.goals.items():
            median = statistics.median(marks[name] for marks, _lost in seen)
            lines.append(Figure(f"Lighthouse, {shown}: {name}", median, "of 100", at_least=goal))
            if median < goal:
                notes.append(f"{shown}, {name}: {', '.join(seen[-1][1][name])}")
    return lines, notes


def _look(url: str, folder: Path) -> tuple[dict[str, float], dict[str, list[str]]]:
    """The mark of each category, and the checks that it lost points on."""
    report = folder / "lighthouse.json"
    command = ["npx", "--yes", PACKAGE, url, "--output=json", f"--output-path={report}", "--quiet"]
    chosen = [f"--only-categories={','.join(GOALS)}", f"--chrome-flags={FLAGS}", "--form-factor=mobile"]
    _until_seen([*command, *chosen])
    result = json.loads(report.read_text())
    marks = {name: round((result["categories"][name]["score"] or 0) * 100) for name in GOALS}
    checks = {name: [ref["id"] for ref in result["categories"][name]["auditRefs"] if ref["weight"]] for name in GOALS}
    failed = {key for key, audit in result["audits"].items() if audit["score"] is not None and audit["score"] < 1}
    return marks, {name: [key for key in keys if key in failed] for name, keys in checks.items()}


def _until_seen(command: Sequence[str]) -> None:
    for left in reversed(range(TRIES)):
        try:
            run(command, {**os.environ, "CHROME_PATH": _browser()}, seconds=ONE_RUN)
        except Failed as failed:
            if not left or LOST not in str(failed):
                raise
        else:
            return


def _browser() -> str:
    return next((found for name in BROWSERS if (found := shutil.which(name))), "")
