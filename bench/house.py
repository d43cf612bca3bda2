"""One running house on a fresh database: web server, worker and SMTP server, each a process that may be killed."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
TOWN = ROOT / "towns" / "carignan"
STARTING = 60.0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def recreate_postgres(url: str) -> None:
    """Drops the database of that address if it exists, and makes it again, empty."""
    parts = urlsplit(url)
    name = sql.Identifier(parts.path.lstrip("/"))
    with psycopg.connect(parts._replace(scheme="postgresql", path="/postgres").geturl(), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))


def drop_postgres(url: str) -> None:
    """Drops the database of that address."""
    parts = urlsplit(url)
    name = sql.Identifier(parts.path.lstrip("/"))
    with psycopg.connect(parts._replace(scheme="postgresql", path="/postgres").geturl(), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


class House:
    """The product on its own folder, port and database.

    `url` is the address of a PostgreSQL database that may be dropped and made again; "" is SQLite in the folder.
    `settings` are more environment variables. Every process leads a process group of its own.
    """

    def __init__(self, folder: Path, url: str = "", settings: Mapping[str, str] | None = None) -> None:
        self.folder, self.url = folder, url
        self.port, self.smtp_port = free_port(), free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PARVIS_", "DJANGO_"))}
        self.environment = kept | {
            "PARVIS_DEMO": "1",
            "PARVIS_DATA": str(folder),
            "PARVIS_LOG_FORMAT": "json",
            "PARVIS_SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "parvis.settings",
            "PORT": str(self.port),
            **(settings or {}),
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def site(self) -> str:
        """The address of the web server, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def make(self) -> None:
        """Empties the folder and the database, migrates, loads the sample town."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if self.url:
            recreate_postgres(self.url)
        self.parvis("setup", "--town", str(TOWN))

    def parvis(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Runs one command of the product to its end; RuntimeError with what it wrote when it fails."""
        command = [sys.executable, "-m", "parvis.cli", *arguments]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, text=True, capture_output=True, check=False)
        if check and done.returncode:
            raise RuntimeError(f"parvis {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def start(self, name: str, *command: str) -> None:
        """Starts a process under a name; what it writes goes to <name>.log in the folder."""
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *command],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_web(self) -> float:
        """Starts the web server and waits for its first answer; returns the seconds from start to that answer."""
        began = time.perf_counter()
        self.start("web", "parvis.cli", "web")
        while time.perf_counter() - began < STARTING:
            try:
                with urllib.request.urlopen(f"{self.site}/healthz", timeout=5):
                    return time.perf_counter() - began
            except (urllib.error.URLError, OSError):
                if self.processes["web"].poll() is not None:
                    break
                time.sleep(0.005)
        raise RuntimeError(f"The web server does not answer:\n{self.log('web')}")

    def start_worker(self) -> None:
        """Starts the background worker; returns at once."""
        self.start("worker", "parvis.cli", "worker")

    def restart_web(self) -> float:
        """Stops the web server and starts it again; returns the seconds from start to first answer."""
        process = self.processes.pop("web")
        process.terminate()
        process.wait(40)
        return self.start_web()

    def start_floor(self) -> int:
        """Starts the minimal page and waits for it; returns its port."""
        port = free_port()
        self.start("floor", "bench.minimal", str(port))
        until = time.monotonic() + STARTING
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                    return port
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise RuntimeError(f"The minimal page does not answer:\n{self.log('floor')}")

    def fill(self, contacts: int) -> dict[str, Any]:
        """People, contacts in progress and the ways of asking; see `bench.prepare`."""
        command = [sys.executable, "-m", "bench.prepare", str(contacts)]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, text=True, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        filled: dict[str, Any] = json.loads(done.stdout)
        return filled

    def value(self, query: str) -> Any:
        """The first column of the first row of a query."""
        if self.url:
            with psycopg.connect(self.url) as server:
                row = server.execute(query.encode()).fetchone()
        else:
            with closing(sqlite3.connect(self.folder / "parvis.sqlite3", timeout=20)) as file:
                row = file.execute(query).fetchone()
        return row[0] if row else None

    def letters(self, *, waiting: bool) -> int:
        """How many letters still wait, or do not any more."""
        sign = "=" if waiting else "<>"
        return int(self.value(f"SELECT count(*) FROM mail_outgoing WHERE state {sign} 'queued'"))

    def wait_for_letters(self, seconds: float = 300) -> dict[str, float]:
        """Waits until every letter is sent; how many were already, and how many a second left since."""
        began, waiting, sent = time.monotonic(), self.letters(waiting=True), self.letters(waiting=False)
        while self.letters(waiting=True) and time.monotonic() < began + seconds:
            time.sleep(0.2)
        left = self.letters(waiting=True)
        return {
            "sent_during": sent,
            "not_sent": left,
            "per_second": round((waiting - left) / (time.monotonic() - began), 1),
        }

    def log(self, name: str) -> str:
        """The last lines that a process wrote."""
        return "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-40:])

    def kill(self, *names: str) -> None:
        """SIGKILL to these processes and to all those that they started."""
        for name in names:
            os.killpg(self.processes[name].pid, signal.SIGKILL)
        for name in names:
            self.processes.pop(name).wait()

    def stop(self) -> None:
        """Ends everything: asks first, kills what is still there after ten seconds."""
        for process in self.processes.values():
            process.terminate()
        until = time.monotonic() + 10
        for process in self.processes.values():
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()
