"""The product as its users meet it: web server, worker and mail server as processes of their own."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import yaml

from tests.prepared import create, drop, install, migrated_postgres, migrated_sqlite

ROOT = Path(__file__).parents[2]
TOWNS = {"carignan": ROOT / "towns/carignan", "val-des-aulnes": ROOT / "tests/towns/val-des-aulnes"}


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Mailbox:
    """What the mail server received."""

    folder: Path

    def messages(self, to: str = "") -> list[EmailMessage]:
        """Every message to that address (to anyone when it is empty), in the order they came."""
        read = [message_from_bytes(p.read_bytes(), policy=policy.default) for p in sorted(self.folder.glob("*.eml"))]
        return [message for message in read if to in (message["X-To"] or "")]

    def wait(
        self, to: str, count: int = 1, subject: str = "", seconds: float = 20, message_id: str = ""
    ) -> list[EmailMessage]:
        """The messages to that address whose subject holds these words, once there are `count` of them.

        `message_id` keeps the one message that bears it.
        """
        until = time.monotonic() + seconds
        while True:
            result = [m for m in self.messages(to) if subject in m["Subject"] and message_id in ("", m["Message-ID"])]
            if len(result) >= count:
                return result
            if time.monotonic() > until:
                seen = [f"{m['X-To']}: {m['Subject']}" for m in self.messages()]
                raise AssertionError(f"{len(result)} of {count} letters to {to} came in {seconds} s; received: {seen}")
            time.sleep(0.1)


def text_of(message: EmailMessage) -> str:
    """The plain text of a message."""
    part = message.get_body(("plain",))
    return str(part.get_content()) if part else ""


@dataclass
class Service:
    """One installation, in a folder and a database of its own."""

    town: str
    folder: Path
    postgres: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port, self.smtp_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data, self.mail = self.folder / "data", Mailbox(self.folder / "mail")
        for made in (self.data, self.mail.folder):
            made.mkdir(parents=True)
        self.database = self._new_database() if self.postgres else ""
        self.staff: list[dict[str, Any]] = yaml.safe_load((TOWNS[self.town] / "staff.yaml").read_text())

    @property
    def env(self) -> dict[str, str]:
        """The environment of its processes: nothing of the machine's own settings."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        return kept | {
            "PARVIS_DEMO": "1",
            "PARVIS_DATA": str(self.data),
            "PARVIS_URL": self.url,
            "PARVIS_SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "PARVIS_LOG_FORMAT": "plain",
            "DATABASE_URL": self.database,
            "PORT": str(self.port),
            **self.extra,
        }

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs `parvis ...` to its end."""
        line = [sys.executable, "-m", "parvis.cli.main", *arguments]
        return subprocess.run(line, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)

    def prepare(self) -> None:
        """Installed as `parvis setup` does it."""
        install(TOWNS[self.town], self.data, self.database, self.extra, self._setup)

    def _setup(self) -> None:
        if not self.database:
            shutil.copyfile(migrated_sqlite(), self.data / "parvis.sqlite3")
        done = self.command("setup", "--town", str(TOWNS[self.town]))
        assert done.returncode == 0, done.stderr

    def start(self, *names: str) -> None:
        """Starts the processes named (mail, web, worker; all of them when none is) and waits until they serve."""
        python = [sys.executable, "-m"]
        lines = {
            "mail": [*python, "tests.journeys.smtp_server", str(self.smtp_port), str(self.mail.folder)],
            "web": [*python, "parvis.cli.main", "web"],
            "worker": [*python, "parvis.cli.main", "worker"],
        }
        for name in names or lines:
            log = (self.folder / f"{name}.log").open("ab")
            self.processes[name] = subprocess.Popen(
                lines[name], env=self.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        if "web" in self.processes:
            self.wait_until_ready()

    def wait_until_ready(self, seconds: float = 40) -> None:
        """Waits for /readyz to say yes."""
        until, said = time.monotonic() + seconds, ""
        while time.monotonic() < until and self.processes["web"].poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=3) as answer:
                    if json.load(answer)["ready"]:
                        return
            except (URLError, OSError) as error:
                said = str(error)
            time.sleep(0.1)
        raise AssertionError(f"the web server is not ready: {said}\n{self.log('web')}")

    def kill(self, name: str) -> None:
        """SIGKILL to the process and to all those it started, as when a machine loses power."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Ends everything cleanly, and kills what stays; drops the database."""
        for name in ("web", "worker", "mail"):
            if process := self.processes.pop(name, None):
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        if self.database:
            drop(self.postgres, urlsplit(self.database).path[1:])

    def log(self, name: str, lines: int = 60) -> str:
        """The end of what a process wrote."""
        path = self.folder / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    def someone(self, role: str, department: str = "") -> str:
        """The user name of a sample account that holds that role (in that department, when one is named)."""
        for person in self.staff:
            for place in person["memberships"]:
                if place["role"] == role and department in ("", place["department"]):
                    return str(person["username"])
        raise LookupError(f"{self.town} has no {role} in {department or 'any department'}")

    def _new_database(self) -> str:
        name = f"parvis_journey_{os.getpid()}_{secrets.token_hex(3)}"
        create(self.postgres, name, migrated_postgres(self.postgres))
        return urlsplit(self.postgres)._replace(path=f"/{name}").geturl()
