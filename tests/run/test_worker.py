"""The worker: a long job keeps neither a warning to the public nor a letter waiting."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.crash.shell import shell
from tests.journeys.service import Service
from tests.newsletter.smtp import MailServer, serving
from tests.settings import ON_POSTGRES, SERVER

WITHIN = 120.0  # seconds
# A job that outlives the test, then what must not wait for it.
BUSY = """
from django_q.tasks import async_task
async_task("time.sleep", 500)
"""
MORE = """
from django.db import transaction
from parvis.apps.mail.letters import APPROVAL_RENDERER, Awaited
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.push.services.sending import PUSHES
from parvis.lib.jobs import enqueue
with transaction.atomic():
    enqueue(PUSHES.job, 0)
    queue_letter(key="one", to="one@citoyens.example", language="fr", renderer=APPROVAL_RENDERER,
          args=[str(next(iter(Awaited))), "Neige", "/desk/", "Luc"])
"""
IN_HAND = """
from django.utils import timezone
from django_q.models import OrmQ
print(sorted(row.task["func"] for row in OrmQ.objects.filter(lock__gt=timezone.now())))
"""
WAITING = """
from django_q.models import OrmQ
print(sorted(row.task["func"] for row in OrmQ.objects.all()))
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
        running.extra["PARVIS_JOB_RETRY"] = "600"
        yield running
    finally:
        if "worker" in running.processes:
            running.kill("worker")  # it would wait for its job
        running.stop()


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_warns_the_public_and_what_tells_a_citizen_wait_for_no_job(
    service: Service, mail_server: MailServer
) -> None:
    shell(service, BUSY)
    service.start("worker")
    until(lambda: "time.sleep" in shell(service, IN_HAND))
    shell(service, MORE)
    until(lambda: mail_server.to("one@citoyens.example"))
    until(lambda: "push.tasks.deliver" not in shell(service, WAITING))
    assert "time.sleep" in shell(service, WAITING), "the long job still runs"


def test_when_what_sends_letters_is_killed_another_process_sends_them(
    service: Service, mail_server: MailServer
) -> None:
    service.start("worker")
    worker = psutil.Process(service.processes["worker"].pid)

    def senders() -> list[psutil.Process]:
        """Neither a cluster, which has processes of its own, nor what decodes photos."""
        children = worker.children()
        clusters = [child for child in children if child.children()]
        return [one for one in children if one not in clusters and "decoder.py" not in " ".join(one.cmdline())]

    until(lambda: len(worker.children()) == 4 and len(senders()) == 1)  # noqa: PLR2004
    [sender] = senders()
    sender.kill()
    shell(service, MORE)
    until(lambda: mail_server.to("one@citoyens.example"))
    assert worker.is_running()
