"""What every peer offers to a measurement: an environment of its own, a filled home, a running server, sessions."""

import json
import os
import random
import shutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import databases
from bench.client import Browser
from bench.house import free_port
from bench.processes import ROOT, Processes, run

HOMES = ROOT / "var" / "bench" / "peers"
SERVER_PROCESSES = 2
INSTALLING, FILLING = 600.0, 900.0
STAMP = "filled.json"


@dataclass(frozen=True)
class Words:
    """What someone writes to open a ticket."""

    title: str
    body: str
    email: str


class Peer(ABC):
    """One other system on one database: SQLite in its home, or PostgreSQL at `url`. `size` tells its homes apart."""

    name: str
    packages: Sequence[str]
    sees: bytes
    opened_status: int

    def __init__(self, url: str, size: str) -> None:
        kind = "postgres" if url else "sqlite"
        self.url = databases.named(url, f"{self.name}_{size}".replace("-", "_"))
        self.folder = HOMES / f"{self.name}-{kind}-{size}"
        self.home = self.folder / "home"
        self.port, self.smtp_port = free_port(), free_port()
        self.processes = Processes(self.folder)
        self.filled: list[int] = []

    @property
    def environment_folder(self) -> Path:
        """Its virtual environment."""
        return HOMES / self.name

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.environment_folder / "bin" / "python")

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are told."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PARVIS_", "DJANGO_"))},
            "PYTHONPATH": str(ROOT),
            "PEER_HOME": str(self.home),
            "PEER_URL": self.url,
            "PEER_SMTP_PORT": str(self.smtp_port),
        }

    def install(self) -> None:
        """Makes the virtual environment, from the package registry that pip knows, unless it is there already."""
        mark = self.environment_folder / "installed.json"
        if mark.exists() and json.loads(mark.read_text()) == list(self.packages):
            return
        shutil.rmtree(self.environment_folder, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(self.environment_folder)], os.environ, seconds=INSTALLING)
        pip = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, *self.packages], os.environ, seconds=INSTALLING)
        mark.write_text(json.dumps(list(self.packages)))

    def fill(self, rows: Path | None, *, keep: bool) -> None:
        """Makes the home and the database, with these rows; with `keep`, those of an earlier run serve again."""
        stamp = self.folder / STAMP
        if keep and stamp.exists() and (not self.url or databases.exists(self.url)):
            self.filled = json.loads(stamp.read_text())
            return
        self.remove()
        self.home.mkdir(parents=True)
        if self.url:
            databases.recreate(self.url)
        self.filled = self.make(str(rows or "-"))
        if self.url:
            databases.settle(self.url)
        stamp.write_text(json.dumps(self.filled))

    def told(self, module: str, *arguments: str) -> Any:
        """What a module of ours, run with its libraries, writes as JSON."""
        written = run([self.python, "-m", module, *arguments], self.environment, seconds=FILLING)
        return json.loads(written.strip().splitlines()[-1])

    def start(self) -> None:
        """Starts a null SMTP server, then two server processes; waits for the first page."""
        sink = [sys.executable, "-m", "bench.smtp_sink", str(self.smtp_port)]
        self.processes.start("smtp", sink, self.environment)
        gunicorn = [self.python, "-m", "gunicorn", "--workers", str(SERVER_PROCESSES), "--log-level", "error"]
        self.processes.start("web", [*gunicorn, "--bind", f"127.0.0.1:{self.port}", *self.server()], self.environment)
        self.processes.wait_for("web", f"http://127.0.0.1:{self.port}/")

    def stop(self) -> None:
        """Ends its processes."""
        self.processes.stop()

    def remove(self) -> None:
        """Ends its processes, then removes its home and its database."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.url:
            databases.drop(self.url)

    @abstractmethod
    def make(self, rows: str) -> list[int]:
        """Fills an empty home and database; returns the numbers of the groups of tickets (one for each department)."""

    @abstractmethod
    def server(self) -> list[str]:
        """The arguments of gunicorn that name its application."""

    def search_path(self, word: str) -> str | None:
        """Its search by one word of what was written, its first rows; None when it is not measured."""
        del word
        return None

    @abstractmethod
    async def sign_in(self, rank: int) -> Browser:
        """The session of the agent of that rank."""

    @abstractmethod
    async def visitor(self, rank: int) -> Browser:
        """Someone who may open a ticket."""

    @abstractmethod
    def ticket_form(self, words: Words) -> tuple[str, dict[str, str]]:
        """Where a ticket is opened, and the fields as its own page sends them."""

    @abstractmethod
    def queue_path(self, rng: random.Random) -> str:
        """A page of the open tickets of one department, as its own screen asks for it."""

    @abstractmethod
    def open_path(self) -> str:
        """The first page of all open tickets, as its own screen asks for it."""

    @abstractmethod
    def ticket_path(self, number: int) -> str:
        """One ticket's page."""
