"""A message to every channel at once: seconds until each has it, then its correction and its withdrawal."""

import json
import subprocess
import sys
from typing import Any

from bench.figures import Bystanders, Figure, Section
from bench.processes import ROOT

GOALS = {"banner": 10.0, "panels": 15.0}  # seconds
EVERYWHERE = 120.0
ORDERS = {"published": "approved", "corrected": "corrected", "withdrawn": "withdrawn"}
GROWTH_MB = 20.0
NEVER = 9_999.0  # seconds


def measure(name: str, url: str, *, sizes: tuple[int, int, int, int]) -> Section:
    """The section of the table, measured by a process (`sending_outreach`); `sizes`: letters, texts, pushes, calls."""
    watch = Bystanders()
    command = [sys.executable, "-m", "bench.sending_outreach", *map(str, sizes), *([url] if url else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    lines = list[Figure]()
    for key, words in ORDERS.items():
        times: dict[str, float] = {slug: seconds if seconds >= 0 else NEVER for slug, seconds in told[key].items()}
        lines += [Figure(f"{words}: {slug}", times[slug], "s", at_most=GOALS[slug]) for slug in GOALS]
        if key == "published":
            lines += [Figure(f"{words}: {slug}", times[slug], "s") for slug in sorted(times.keys() - GOALS.keys())]
        lines.append(Figure(f"{words}: every channel", max(times.values()), "s", at_most=EVERYWHERE))
    letters, texts, pushes, calls = sizes
    wanted = {"letters": letters, "texts": texts, "calls": calls}
    lost = sum(max(0, count - told[name]) for name, count in wanted.items())
    lines += [
        Figure("letters, texts and calls lost", lost, "", at_most=0),
        Figure("deliveries that failed", len(told["failed"]), "", at_most=0),
        Figure("growth of the worker, after the first publication", told["growth_mb"], "MB", at_most=GROWTH_MB),
    ]
    title = f"{name}: a message to every channel, {letters} letters, {texts} texts, {pushes} pushes, {calls} calls"
    return Section(title, lines, watch.share(), [json.dumps(told["states"], ensure_ascii=False), *told["failed"]])
