"""Letters after a backup is restored: what waited when it was made does not leave twice."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.shell import shell
from tests.journeys.service import Service
from tests.newsletter.smtp import MailServer, serving
from tests.settings import ON_POSTGRES, SERVER

LETTERS, WITHIN = 77, 120.0  # seconds
QUEUE = """
from django.db import transaction
from parvis.apps.mail.letters import APPROVAL_RENDERER, Awaited
from parvis.apps.mail.services.outgoing import queue_letter
with transaction.atomic():
    for rank in range(COUNT):
        queue_letter(key=f"NAME{rank}", to=f"NAME{rank}@citoyens.example", language="fr", renderer=APPROVAL_RENDERER,
              args=[str(next(iter(Awaited))), "Neige", "/desk/", "Luc"])
"""


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with serving() as server:
        yield server


@pytest.fixture
def service(mail_server: MailServer, tmp_path: Path) -> Iterator[Service]:
    running = Service("val-des-aulnes", tmp_path / "house", SERVER if ON_POSTGRES else "")
    running.smtp_port = mail_server.port
    try:
        running.prepare()
        yield running
    finally:
        running.stop()


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def letters(name: str, count: int) -> str:
    return QUEUE.replace("COUNT", str(count)).replace("NAME", name)


def test_letters_that_left_after_a_backup_do_not_leave_again_when_it_is_restored(
    service: Service, mail_server: MailServer, tmp_path: Path
) -> None:
    shell(service, letters("before", LETTERS))
    backup = service.command("backup", str(tmp_path / "town.tar.gz"))
    assert backup.returncode == 0, backup.stderr
    service.start("worker")
    until(lambda: len(mail_server.taken) == LETTERS)
    worker = service.processes.pop("worker")
    worker.terminate()
    worker.wait(60)
    restored = service.command("restore", str(tmp_path / "town.tar.gz"), "--replace")
    assert restored.returncode == 0, restored.stderr
    shell(service, letters("after", 1))
    service.start("worker")
    until(lambda: mail_server.to("after0@citoyens.example"))
    assert set(Counter(letter.to for letter in mail_server.taken).values()) == {1}
    assert len(mail_server.taken) == LETTERS + 1
    assert re.search(rf"{LETTERS} letters .* held", restored.stdout), "who restores is told"
