"""What runs where, in which order and in which process: docs/build/testing.md says why.

Each test runs on SQLite, unless it is marked otherwise:

- `soak(part)`: left to `make soak PART=part`; with `sampled=True`, also in `make test`, with fewer examples;
- `both_databases`: on PostgreSQL too, as everything in `DECIDED_BY_A_DATABASE`;
- `only(database)`: on "sqlite" or on "postgresql" alone.
"""

import json
import os
import time
from collections import defaultdict
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.heavy import SOAK_PARTS
from tests.settings import ON_POSTGRES

HERE = Path(__file__).parent
DATABASE = "postgresql" if ON_POSTGRES else "sqlite"

# Folders where PostgreSQL decides something of its own: locks, constraints, SQL, search, jobs, migrations.
DECIDED_BY_A_DATABASE = {
    *("cases", "catalogue", "crash", "directory", "importing", "insight", "intake", "lib", "mail", "newsletter"),
    *("outreach", "residents", "run", "search", "social", "telephony", "workspace"),
}

# Folders of tests that reach the run's database through processes of their own.
BY_PROCESSES = ("crash", "journeys", "run")
STARTS_PROCESSES = ("test_cli.py", *BY_PROCESSES)
SCREENS = "test_screens.py"
JOURNEYS = sorted(path.name for path in (HERE / "journeys").glob("test_*.py") if path.name != SCREENS)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pg", action="store_true", help="run on PostgreSQL (TEST_POSTGRES_URL) instead of SQLite")
    parser.addoption("--soak", choices=[*SOAK_PARTS, "all"], help="run the heavy proofs of that part alone")
    parser.addoption("--minutes", type=Path, help="write there the seconds that each part took, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    if gone := [folder for folder in DECIDED_BY_A_DATABASE if not (HERE / folder).is_dir()]:
        raise pytest.UsageError(f"tests/plan.py names folders that do not exist: {', '.join(sorted(gone))}")
    config.option.loadscopereorder = False  # it would start the files with the most tests first, and the slowest last
    if config.getoption("soak"):
        os.environ["SOAK"] = "1"  # read by tests.heavy, in every process


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Selects what runs, and orders it: the check of every screen and the journeys of the sample town first, since they
    are the slowest; the other tests that start processes in the middle, when others remain to run beside them.
    """
    part = config.getoption("soak")
    selected: list[pytest.Item] = []
    deselected: list[pytest.Item] = []
    for item in items:
        (selected if _runs(item, part) else deselected).append(item)
    plain = [item.path for item in selected if not _starts_processes(item)]
    early = set(plain[: len(plain) // 2])
    items[:] = sorted(selected, key=lambda item: _rank(item, early))
    config.hook.pytest_deselected(items=deselected)


def _runs(item: pytest.Item, part: str | None) -> bool:
    heavy = item.get_closest_marker("soak")
    if heavy and heavy.args[0] not in SOAK_PARTS:
        raise pytest.UsageError(f"{item.nodeid}: no part of make soak is called {heavy.args[0]!r}")
    if part:
        return heavy is not None and part in (heavy.args[0], "all") and _runs_on_this_database(item)
    return (heavy is None or heavy.kwargs.get("sampled", False)) and _runs_on_this_database(item)


def _runs_on_this_database(item: pytest.Item) -> bool:
    if only := item.get_closest_marker("only"):
        return bool(only.args[0] == DATABASE)
    if not ON_POSTGRES:
        return True
    if item.get_closest_marker("both_databases"):
        return True
    folder = item.path.relative_to(HERE).parts[0]
    by_fixture = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    uses_database = by_fixture or folder in BY_PROCESSES or item.get_closest_marker("django_db")
    return bool(uses_database and folder in DECIDED_BY_A_DATABASE)


def _rank(item: pytest.Item, early: set[Path]) -> int:
    if item.path.parent.name == "journeys" and "val-des-aulnes" not in item.name:
        return 0 if item.path.name == SCREENS else 1
    return 3 if _starts_processes(item) else 2 if item.path in early else 4


def _starts_processes(item: pytest.Item) -> bool:
    return item.path.parent.name in STARTS_PROCESSES or item.path.name in STARTS_PROCESSES


class ByInstallation(LoadScopeScheduling):
    """Runs the journeys of one town in one worker, so that its installation starts once; those of the sample town, the
    most, in two halves of every other file; and the tests that visit every page apart.
    """

    def _split_scope(self, nodeid: str) -> str:
        path, _, name = nodeid.partition("::")
        if "journeys/" not in path:
            return path
        file = path.rpartition("/")[2]
        town = "val-des-aulnes" if "val-des-aulnes" in name else "carignan"
        if file == SCREENS:
            return f"journeys of the screens in {town}"
        return f"journeys {JOURNEYS.index(file) % 2 if town == 'carignan' else ''} in {town}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """Replaces --dist loadgroup, whose groups this version of pytest does not support."""
    return ByInstallation(config, log) if config.getvalue("dist") == "loadgroup" else None


class Minutes:
    """The seconds that each part (a folder, or a file at the root) took in this run, all processes together."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.began = time.monotonic()
        self.parts: defaultdict[str, float] = defaultdict(float)
        self.tests = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        part = report.nodeid.split("::")[0].split("/")[1].removeprefix("test_").removesuffix(".py")
        self.parts[part] += report.duration
        self.tests += report.when == "call"

    def pytest_sessionfinish(self) -> None:
        measured = {
            "seconds": round(time.monotonic() - self.began, 1),
            "tests": self.tests,
            "parts": {part: round(seconds, 1) for part, seconds in sorted(self.parts.items())},
        }
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


def pytest_sessionstart(session: pytest.Session) -> None:
    file = session.config.getoption("minutes")
    if file and not hasattr(session.config, "workerinput"):
        session.config.pluginmanager.register(Minutes(file), "minutes")
