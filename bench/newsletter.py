"""An issue of the newsletter sent with the desk in use: letters a second, the pages meanwhile, what is lost."""

import json
import subprocess
import sys

from bench.figures import Bystanders, Figure, Section
from bench.processes import ROOT

AT_LEAST = 100.0  # letters a second
PAGE_MS, GROWTH_MB = 300.0, 20.0


def measure(name: str, url: str, *, count: int) -> Section:
    """The section of the table, measured by a process of its own (`sending_letters`)."""
    watch = Bystanders()
    command = [sys.executable, "-m", "bench.sending_letters", str(count), *([url] if url else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    lines = [
        Figure("letters, the desk in use", told["a_second"], "a second", at_least=AT_LEAST),
        Figure("pages of the desk meanwhile, 95th percentile", told["page_p95_ms"], "ms", at_most=PAGE_MS),
        Figure("letters that had not left after 210 s", told["not_sent"], "letters", at_most=0),
        Figure("letters lost", told["lost"], "letters", at_most=0),
        Figure("growth of the worker, from a tenth of the letters on", told["growth_mb"], "MB", at_most=GROWTH_MB),
    ]
    return Section(f"{name}: an issue of {count:,} letters", lines, watch.share())
