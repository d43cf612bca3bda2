"""One running house on a database of its own: web server, worker and SMTP server, each a process."""

import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import databases
from bench.processes import ROOT, Processes, run

TOWN = ROOT / "towns" / "carignan"
SEED = 311
LEFT = 0.3  # the share of the cases that still wait: queues are long, and most of them late
SEEDING = 900.0  # for each 100,000 cases
PREPARING = 300.0
STAMP = "bench.json"


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """The product on its own folder, port and database.

    `url` is the address of a PostgreSQL database that may be dropped and made again; "" is SQLite in the folder.
    `settings` are more environment variables.
    """

    def __init__(self, folder: Path, url: str = "", settings: Mapping[str, str] | None = None) -> None:
        self.folder, self.url = folder, url
        self.port, self.smtp_port = free_port(), free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PARVIS_", "DJANGO_"))}
        self.environment = kept | {
            "PARVIS_DEMO": "1",
            "PARVIS_DATA": str(folder),
            "PARVIS_LOG_FORMAT": "json",
            "PARVIS_PROXY": "1",
            "PARVIS_SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "parvis.config.settings",
            "PORT": str(self.port),
            **(settings or {}),
        }
        self.processes = Processes(folder)

    @property
    def site(self) -> str:
        """The address of the web server, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def make(self, cases: int = 0) -> float:
        """Empties the folder and the database, loads the sample town and a past of that many cases.

        Returns the seconds that the past took to write.
        """
        self.remove()
        self.folder.mkdir(parents=True)
        if self.url:
            databases.recreate(self.url)
        self.parvis("setup", "--town", str(TOWN))
        began = time.monotonic()
        if cases:
            self.python(
                "bench.seeding",
                "--cases",
                str(cases),
                "--seed",
                str(SEED),
                "--left",
                str(LEFT),
                seconds=SEEDING * max(1, cases / 100_000),
            )
        seconds = round(time.monotonic() - began, 1)
        if self.url:
            databases.settle(self.url)
        (self.folder / STAMP).write_text(json.dumps({"cases": cases, "seeding": seconds}))
        return seconds

    def made(self, cases: int) -> float | None:
        """The seconds that the past of this house took when it holds that many cases from an earlier run, else None."""
        stamp = self.folder / STAMP
        if not stamp.exists() or (self.url and not databases.exists(self.url)):
            return None
        kept = json.loads(stamp.read_text())
        return float(kept["seeding"]) if kept["cases"] == cases else None

    def upgrade(self) -> None:
        """Brings a house from an earlier run to the code of today."""
        self.parvis("setup", "--town", str(TOWN))

    def remove(self) -> None:
        """Ends everything, then removes the folder and the database."""
        self.processes.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.url:
            databases.drop(self.url)

    def parvis(self, *arguments: str, seconds: float = PREPARING) -> str:
        """Runs one command of the product to its end and returns what it wrote."""
        return self.python("parvis.cli.main", *arguments, seconds=seconds)

    def python(self, module: str, *arguments: str, seconds: float = PREPARING) -> str:
        """Runs a module to its end on the database of this house and returns what it wrote."""
        return run([sys.executable, "-m", module, *arguments], self.environment, seconds=seconds)

    def told(self, module: str, *arguments: str, seconds: float = PREPARING) -> Any:
        """What a module of ours, run inside this house, writes as JSON."""
        return json.loads(run([sys.executable, "-m", module, *arguments], self.environment, seconds=seconds))

    def start(self, name: str, *command: str) -> None:
        """Starts a process of Python under a name; returns at once."""
        self.processes.start(name, [sys.executable, "-m", *command], self.environment)

    def start_web(self) -> float:
        """Starts the web server; returns the seconds from start to the first page of the citizen."""
        began = time.perf_counter()
        self.start("web", "parvis.cli.main", "web")
        self.processes.wait_for("web", f"{self.site}/")
        return time.perf_counter() - began

    def start_worker(self) -> None:
        """Starts the SMTP server and the background worker; returns at once."""
        self.start("smtp", "bench.smtp_sink", str(self.smtp_port))
        self.start("worker", "parvis.cli.main", "worker")

    def start_town(self) -> None:
        """Starts the SMTP server, and everything that runs a town as it is installed; returns once it serves."""
        self.start("smtp", "bench.smtp_sink", str(self.smtp_port))
        self.start("town", "parvis.cli.main", "run")
        self.processes.wait_for("town", f"{self.site}/")

    def restart_web(self) -> float:
        """Stops the web server and starts it again; returns the seconds from start to first page."""
        self.processes.stop("web")
        return self.start_web()

    def start_floor(self) -> int:
        """Starts the minimal page and waits for it; returns its port."""
        port = free_port()
        self.start("floor", "bench.minimal", str(port))
        self.processes.wait_for("floor", f"http://127.0.0.1:{port}/")
        return port

    def value(self, query: str) -> Any:
        """The first column of the first row of a query."""
        return databases.value(query, self.url, self.folder / "parvis.sqlite3")

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
