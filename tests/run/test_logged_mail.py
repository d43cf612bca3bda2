"""The logs of the processes that send and receive mail, at the level of a town that works: no address of anyone."""

import re
import smtplib
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.crash.shell import shell
from tests.journeys.service import Service, free_port
from tests.newsletter.smtp import MailServer, serving

pytestmark = pytest.mark.only("sqlite")
WITHIN = 60.0  # seconds
ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")
QUEUE = """
from django.db import transaction
from parvis.apps.mail.letters import APPROVAL_RENDERER, Awaited
from parvis.apps.mail.services.outgoing import queue_letter
with transaction.atomic():
    for name in ("taken", "refused", "later"):
        queue_letter(key=name, to=f"{name}@citoyens.example", language="fr", renderer=APPROVAL_RENDERER,
              args=[str(next(iter(Awaited))), "Neige", "/desk/", "Luc"])
"""


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A server that takes one letter, refuses another for good and a third for now, and repeats each address."""
    with serving() as server:
        server.rcpt["refused@citoyens.example"] = deque(["550 <refused@citoyens.example>: unknown"])
        server.rcpt["later@citoyens.example"] = deque(["450 <later@citoyens.example>: greylisted"])
        yield server


@pytest.fixture
def service(mail_server: MailServer, tmp_path: Path) -> Iterator[Service]:
    running = Service("val-des-aulnes", tmp_path / "house")
    running.smtp_port = mail_server.port
    try:
        running.prepare()
        running.extra |= {
            "PARVIS_LOG_LEVEL": "INFO",
            "PARVIS_MAIL_LISTEN": f"lmtp://127.0.0.1:{free_port()}",
        }
        yield running
    finally:
        running.stop()


def until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def deliver(service: Service) -> list[str]:
    """Hands over a message to one of the town's addresses and to two others; returns those refused."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "Rita <rita@citoyens.example>", "accueil@val-des-aulnes.example"
    mail["Subject"], mail["Message-ID"] = "Neige", "<1@citoyens.example>"
    mail.set_content("La neige bloque ma porte.")
    port = int(service.extra["PARVIS_MAIL_LISTEN"].rpartition(":")[2])
    clients: list[smtplib.LMTP] = []

    def opened() -> bool:
        with suppress(OSError):
            clients.append(smtplib.LMTP("127.0.0.1", port))
        return bool(clients)

    until(opened, service.log("reader"))
    with clients[0] as client:
        client.docmd("WHOIS rita@citoyens.example")
        to = ["accueil@val-des-aulnes.example", "inconnue@ailleurs.example"]
        refused = client.sendmail("rita@citoyens.example", to, mail.as_bytes())
    return list(refused)


def test_mail_that_comes_and_goes_leaves_no_address_in_the_logs(service: Service, mail_server: MailServer) -> None:
    shell(service, QUEUE)
    service.start("reader", "worker")
    assert deliver(service) == ["inconnue@ailleurs.example"]
    until(lambda: mail_server.to("taken@citoyens.example"), "the letter that is taken")
    told = ("550", "450")
    until(lambda: all(code in service.log("worker", 10_000) for code in told), "what went wrong is still told")
    logs = "\n".join(service.log(name, 10_000) for name in ("reader", "worker"))
    assert not ADDRESS.findall(logs)
