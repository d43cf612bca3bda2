"""Runs the heavy proofs of one part, or of all, and records when each part last passed (tests/soak.json).

python -m tools.soak journeys    one part
python -m tools.soak all         every part, one after the other
python -m tools.soak --list      the parts, when each last passed, and how many files of the product changed since
"""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.heavy import SOAK_PARTS

ROOT = Path(__file__).parents[1]
RECORDS = ROOT / "tests/soak.json"
# What a part runs beside its tests: measures that fail when something is lost.
MEASURES = {"push": ["bench.pushing"], "letters": ["bench.sending_letters", "12000"]}
NO_TESTS = 5  # pytest's exit code


def main() -> int:
    asked = sys.argv[1] if len(sys.argv) == 2 else ""
    if asked == "--list":
        _print_parts()
        return 0
    if asked != "all" and asked not in SOAK_PARTS:
        print("Which part? make soak PART=...\n", file=sys.stderr)
        _print_parts()
        return 2
    failed = [part for part in (SOAK_PARTS if asked == "all" else [asked]) if not _run(part)]
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def _run(part: str) -> bool:
    began = time.monotonic()
    minutes = ROOT / f"var/tests/minutes-soak-{part}.json"
    minutes.unlink(missing_ok=True)
    workers = os.environ.get("WORKERS", "3")
    pytest = ["pytest", "-q", "-n", workers, "--dist", "loadgroup", f"--soak={part}", f"--minutes={minutes}"]
    done = subprocess.run([sys.executable, "-m", *pytest], cwd=ROOT, check=False).returncode
    measure = MEASURES.get(part)
    passed = done in ((0, NO_TESTS) if measure else (0,))
    if passed and measure:
        passed = subprocess.run([sys.executable, "-m", *measure], cwd=ROOT, check=False).returncode == 0
    if passed:
        tests = json.loads(minutes.read_text(encoding="utf-8"))["tests"] if minutes.exists() else 0
        _record(part, tests, (time.monotonic() - began) / 60)
    return passed


def _record(part: str, tests: int, minutes: float) -> None:
    records = _records()
    records[part] = {
        "passed": datetime.now(UTC).isoformat(timespec="minutes"),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "tests": tests,
        "minutes": round(minutes, 1),
    }
    RECORDS.write_text(json.dumps(records, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{part}: passed in {minutes:.1f} minutes; noted in {RECORDS.relative_to(ROOT)}.")


def _print_parts() -> None:
    records = _records()
    for part, proves in SOAK_PARTS.items():
        print(f"{part:<11} {proves}")
        print(f"{'':<11} {_last_passed(records.get(part))}")


def _last_passed(record: dict[str, Any] | None) -> str:
    if record is None:
        return "never noted as passed"
    changed = _git("diff", "--name-only", record["commit"], "--", "src", "towns").splitlines()
    return f"passed {record['passed']} in {record['minutes']} min; {len(changed)} files of the product changed since"


def _records() -> dict[str, Any]:
    return dict(json.loads(RECORDS.read_text(encoding="utf-8"))) if RECORDS.exists() else {}


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
