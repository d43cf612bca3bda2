"""3. Two copies of one message, by two ways, taken in at the same instant by two processes, are one message."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.journeys.service import ROOT, Service
from tests.settings import ON_POSTGRES, SERVER

PAIRS = 5


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    running = Service("val-des-aulnes", tmp_path / "house", SERVER if ON_POSTGRES else "")
    try:
        running.prepare()
        yield running
    finally:
        running.stop()


def copies(number: int) -> list[bytes]:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "a@exemple.ca", "accueil@val-des-aulnes.example", f"<{number}@x.ca>"
    mail["Subject"] = f"Message {number}"
    mail.set_content("Quand passe la collecte?")
    return [b"Received: by " + way + b".example; Mon, 23 Nov 2026\r\n" + mail.as_bytes() for way in (b"un", b"deux")]


def test_3_the_same_message_taken_in_twice_at_once_is_one(service: Service) -> None:
    command = [sys.executable, "-m", "parvis.cli.main", "receive-mail"]
    outcomes: Counter[str] = Counter()
    for number in range(PAIRS):
        both = [
            subprocess.Popen(command, env=service.env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for _way in range(2)
        ]
        for process, raw in zip(both, copies(number), strict=True):
            assert process.stdin
            process.stdin.write(raw)
            process.stdin.close()
        for process in both:
            assert process.stdout and process.wait(60) == 0
            outcomes[json.loads(process.stdout.read())["outcome"]] += 1
    assert outcomes == {"new": PAIRS, "duplicate": PAIRS}
