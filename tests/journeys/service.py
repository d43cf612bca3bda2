"""The running product: web server, worker and mail server, each in its own process."""

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

import requests
import yaml

from tests.prepared import create, drop, install, migrated_postgres, migrated_sqlite
from tests.waiting import STARTED, in_logs

ROOT = Path(__file__).parents[2]
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH")
SAMPLE_TOWN, OTHER_TOWN = "carignan", "val-des-aulnes"
WEBHOOK_SECRET = "parvis:une phrase assez longue"
TOWNS = {SAMPLE_TOWN: ROOT / "towns/carignan", OTHER_TOWN: ROOT / "tests/towns/val-des-aulnes"}


def free_port() -> int:
    """A port currently free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Mailbox:
    """The messages received by the mail server."""

    folder: Path

    def messages(self, to: str = "") -> list[EmailMessage]:
        """Every message to that address (to anyone when it is empty), in order of arrival."""
        files = sorted(self.folder.glob("*.eml"))
        messages = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        return [message for message in messages if to in (message["X-To"] or "")]

    def wait(
        self, to: str, count: int = 1, subject: str = "", seconds: float = 20, message_id: str = ""
    ) -> list[EmailMessage]:
        """Waits for `count` messages to that address whose subject contains these words, and returns them.

        `message_id` selects a single message.
        """
        deadline = time.monotonic() + seconds
        while True:
            matches = [m for m in self.messages(to) if subject in m["Subject"] and message_id in ("", m["Message-ID"])]
            if len(matches) >= count:
                return matches
            if time.monotonic() > deadline:
                received = [f"{m['X-To']}: {m['Subject']}" for m in self.messages()]
                raise AssertionError(
                    f"{len(matches)} of {count} letters to {to} came in {seconds} s; received: {received}"
                )
            time.sleep(0.1)


def text_of(message: EmailMessage) -> str:
    """The plain text of a message."""
    part = message.get_body(("plain",))
    return str(part.get_content()) if part else ""


@dataclass
class Service:
    """One installation, with its own folder and database."""

    town: str
    folder: Path
    postgres: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    networks_port: int = field(default_factory=free_port)  # where a stand-in for social networks may be served
    site_port: int = field(default_factory=free_port)  # where a site may be served that shows its forms in frames
    payments_port: int = field(default_factory=free_port)  # where the stand-in for payments is, once it is started

    def __post_init__(self) -> None:
        self.port, self.smtp_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data, self.mail = self.folder / "data", Mailbox(self.folder / "mail")
        for folder in (self.data, self.mail.folder):
            folder.mkdir(parents=True)
        self.database = self._new_database() if self.postgres else ""
        self.staff: list[dict[str, Any]] = yaml.safe_load((TOWNS[self.town] / "staff.yaml").read_text())

    @property
    def env(self) -> dict[str, str]:
        """The environment of its processes, without the machine's other variables."""
        inherited = {name: value for name, value in os.environ.items() if name in INHERITED}
        return inherited | {
            "PARVIS_DEMO": "1",
            "PARVIS_DATA": str(self.data),
            "PARVIS_URL": self.url,
            "PARVIS_SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "PARVIS_LOG_FORMAT": "plain",
            "DATABASE_URL": self.database,
            "PORT": str(self.port),
            "PYTHONPATH": os.pathsep.join(filter(None, (STARTED, inherited.get("PYTHONPATH")))),
            **({} if "PARVIS_DEMO" in self.extra else self._stand_ins()),
            **self.extra,
        }

    def _stand_ins(self) -> dict[str, str]:
        """Where the demonstration looks for the services of others."""
        return {
            "PARVIS_GRAPH_URL": f"http://127.0.0.1:{self.networks_port}",
            "PARVIS_STRIPE_URL": f"http://127.0.0.1:{self.payments_port}",
        }

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs `parvis ...` to completion."""
        command = [sys.executable, "-m", "parvis.cli.main", *arguments]
        return subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)

    def receive_mail(self, raw: bytes) -> dict[str, Any]:
        """What `parvis receive-mail` says of a message."""
        command = [sys.executable, "-m", "parvis.cli.main", "receive-mail"]
        done = subprocess.run(command, env=self.env, cwd=ROOT, input=raw, capture_output=True, check=True)
        outcome: dict[str, Any] = json.loads(done.stdout)
        return outcome

    def deliver_mail(self, raw: bytes) -> None:
        """Hands over a message as the provider of PARVIS_MAIL_WEBHOOK does; the worker takes it in soon afterwards."""
        values = {"FromFull": {"Email": ""}, "OriginalRecipient": "", "RawEmail": raw.decode()}
        url, (user, _, password) = f"{self.url}/hooks/mail/postmark/inbound/", WEBHOOK_SECRET.partition(":")
        requests.post(url, json=values, auth=(user, password), timeout=30).raise_for_status()

    def prepare(self) -> None:
        """Installs the town as `parvis setup` does."""
        install(TOWNS[self.town], self.data, self.database, self.extra, self._setup)

    def _setup(self) -> None:
        if not self.database:
            shutil.copyfile(migrated_sqlite(), self.data / "parvis.sqlite3")
        done = self.command("setup", "--town", str(TOWNS[self.town]))
        assert done.returncode == 0, done.stderr

    def start(self, *names: str) -> None:
        """Starts these processes (mail, web, worker, by default; reader, payments), and waits until the web server is
        ready.
        """
        python = [sys.executable, "-m"]
        commands = {
            "mail": [*python, "tests.journeys.smtp_server", str(self.smtp_port), str(self.mail.folder)],
            "web": [*python, "parvis.cli.main", "web"],
            "worker": [*python, "parvis.cli.main", "worker"],
            "reader": [*python, "parvis.cli.main", "mail"],
            "payments": [*python, "parvis.cli.main", "standin", "payments", "--port", str(self.payments_port)],
        }
        for name in names or ("mail", "web", "worker"):
            log = (self.folder / f"{name}.log").open("ab")
            self.processes[name] = subprocess.Popen(
                commands[name], env=self.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        if "web" in self.processes:
            self.wait_until_ready()

    def wait_until_ready(self, seconds: float = 90) -> None:
        """Waits until /readyz reports that the service is ready."""
        deadline, last_error = time.monotonic() + seconds, ""
        while time.monotonic() < deadline and self.processes["web"].poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=15) as response:
                    if json.load(response)["ready"]:
                        return
            except (URLError, OSError) as error:
                last_error = str(error)
            time.sleep(0.1)
        raise AssertionError(f"the web server is not ready: {last_error}\n{self.log('web')}")

    def kill(self, name: str) -> None:
        """Sends SIGKILL to the process and its children, as when a machine loses power."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Terminates every process, kills those that remain after 20 s, and drops the database."""
        ending = list(self.processes.values())
        self.processes.clear()
        for process in ending:
            process.terminate()
        for process in ending:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if self.database:
            drop(self.postgres, urlsplit(self.database).path[1:])
        waits = in_logs(self.folder.glob("*.log"))
        assert not waits, waits

    def log(self, name: str, lines: int = 60) -> str:
        """The last lines of a process's log."""
        path = self.folder / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    def someone(self, role: str, department: str = "") -> str:
        """The username of a sample account with that role, in that department if one is given."""
        for person in self.staff:
            for membership in person["memberships"]:
                if membership["role"] == role and department in ("", membership["department"]):
                    return str(person["username"])
        raise LookupError(f"{self.town} has no {role} in {department or 'any department'}")

    def _new_database(self) -> str:
        name = f"parvis_journey_{os.getpid()}_{secrets.token_hex(3)}"
        create(self.postgres, name, migrated_postgres(self.postgres))
        return urlsplit(self.postgres)._replace(path=f"/{name}").geturl()
