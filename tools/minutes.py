"""Says where the minutes of `make test` went, by part, from what each run noted (`pytest --minutes=FILE`).

python -m tools.minutes          prints them; when they pass TEN_MINUTES, names the part that grew the most
python -m tools.minutes --keep   also keeps them as what the next runs are compared with (tests/minutes.json)

It never fails: machines are noisy.
"""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "tests/minutes.json"
MEASURED = {"sqlite": ROOT / "var/tests/minutes-sqlite.json", "postgresql": ROOT / "var/tests/minutes-postgresql.json"}
TEN_MINUTES = 600.0
SHOWN = 8


def main() -> None:
    kept: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    runs = {name: json.loads(file.read_text(encoding="utf-8")) for name, file in MEASURED.items() if file.exists()}
    for name, run in runs.items():
        shares = sorted(run["parts"].items(), key=lambda part: -part[1])
        told = ", ".join(f"{part} {seconds / 60:.1f}" for part, seconds in shares[:SHOWN])
        rest = sum(seconds for _part, seconds in shares[SHOWN:]) / 60
        print(f"{name}: {run['tests']} tests in {run['seconds'] / 60:.1f} minutes.")
        print(f"  Minutes of the processes: {told}, the others {rest:.1f}.")
        if run["seconds"] > TEN_MINUTES and name in kept:
            print(f"  More than ten minutes. {what_grew(run['parts'], kept[name]['parts'])}")
    if "--keep" in sys.argv and runs:
        KEPT.write_text(json.dumps(kept | runs, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def what_grew(now: dict[str, float], before: dict[str, float]) -> str:
    """A sentence that names the part which takes the most seconds more than before.

    The speed of the machine is taken out first: the median of what the parts of some seconds became.
    """
    ratios = [now[part] / seconds for part, seconds in before.items() if seconds >= 2 and now.get(part)]
    speed = statistics.median(ratios) if ratios else 1.0
    growth = {part: seconds - before.get(part, 0.0) * speed for part, seconds in now.items()}
    part, more = max(growth.items(), key=lambda grown: grown[1])
    if more < 5:
        return "No part grew: this machine is slow or busy."
    return f"The part that grew most: {part}, by {more:.0f} seconds; what was added there is to pay for itself."


if __name__ == "__main__":
    main()
