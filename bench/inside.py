"""The product on a folder and a database of its own, written to by this process: for measures that prepare rows.

`prepare` comes before anything of Django is imported.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit

import django
import psutil
from django.db import connections

from tests import prepared
from tests.journeys.service import free_port

ROOT = Path(__file__).resolve().parents[1]
TOWN = ROOT / "tests" / "towns" / "val-des-aulnes"
PARVIS = [sys.executable, "-m", "parvis.cli.main"]
STARTING = 120.0  # seconds, on a machine that others use


def prepare(name: str, url: str, settings: Mapping[str, str]) -> Path:
    """Sets up Django in this process on a new folder, and on a new database beside `url` ("": SQLite); the folder."""
    folder = Path(tempfile.mkdtemp(prefix=f"parvis-bench-{name}-"))
    database = f"{url.rstrip('/')}_{name}" if url else ""
    if database:
        prepared.drop(database, urlsplit(database).path[1:])
        prepared.create(database, urlsplit(database).path[1:], prepared.migrated_postgres(url))
    os.environ |= {"PARVIS_DEMO": "1", "PARVIS_DATA": str(folder), "DATABASE_URL": database, **settings}
    os.environ["DJANGO_SETTINGS_MODULE"] = "parvis.config.settings"

    def setup() -> None:
        if not database:
            shutil.copyfile(prepared.migrated_sqlite(), folder / "parvis.sqlite3")
        subprocess.run([*PARVIS, "setup", "--town", str(TOWN)], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)

    prepared.install(TOWN, folder, database, {}, setup)
    django.setup()
    return folder


def remove(folder: Path) -> None:
    """Removes what `prepare` made, once nothing runs there any more."""
    connections.close_all()
    if database := os.environ["DATABASE_URL"]:
        prepared.drop(database, urlsplit(database).path[1:])
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def started(command: Sequence[str], settings: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Python for the block: `-m` then these words. What it says is in PARVIS_DATA."""
    with (Path(os.environ["PARVIS_DATA"]) / f"{command[-1].replace('/', '-')}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=os.environ | (settings or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


@contextmanager
def running(settings: Mapping[str, str]) -> Iterator[tuple[int, list[int]]]:
    """`parvis web` and `parvis worker` for the block: the port and both processes.

    TimeoutError when they are not ready in time.
    """
    port = int(settings.get("PORT", 0)) or free_port()
    told = {**settings, "PORT": str(port)}
    with started(["parvis.cli.main", "web"], told) as web, started(["parvis.cli.main", "worker"], told) as worker:
        until = time.monotonic() + STARTING
        while not _ready(port):
            if time.monotonic() > until or web.poll() is not None:
                raise TimeoutError("the service is not ready")
            time.sleep(0.2)
        yield port, [web.pid, worker.pid]


def wait_for(port: int) -> None:
    """Waits until something listens on that port of this machine. TimeoutError when nothing does."""
    until = time.monotonic() + STARTING
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > until:
            raise TimeoutError(f"nothing listens on port {port}")
        time.sleep(0.1)


def sizes(pids: Iterable[int]) -> dict[int, int]:
    """The resident memory, in bytes, of these processes and of those they started, by id."""
    found = {}
    for pid in pids:
        for one in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
            with suppress(psutil.Error):
                found[one.pid] = one.memory_info().rss
    return found


def growth(before: Mapping[int, int], after: Mapping[int, int]) -> float:
    """By how many megabytes the process that grew the most did, among those of `before`."""
    return round(max((after.get(pid, 0) - size for pid, size in before.items()), default=0) / 1e6, 1)


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3) as answer:
            return bool(json.load(answer)["ready"])
    except (URLError, OSError):
        return False
