"""`parvis receive-mail`: handed to the service that runs, without Django; done by itself without one; never lost."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from stat import S_IMODE

import pytest

from parvis.lib import handover
from parvis.lib.handover import NAME, answer_one, hand_over, listen
from tests.crash.shell import shell
from tests.journeys.service import ROOT, Service
from tests.settings import ON_POSTGRES, SERVER

COMMAND = [sys.executable, "-X", "importtime", "-m", "parvis.cli.main", "receive-mail"]
STORED = (
    "from parvis.apps.mail.models import InboundDelivery, Incoming;"
    "print(Incoming.objects.count(), InboundDelivery.objects.filter(via='stdin').count())"
)


def message(subject: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "rita@exemple.ca", "accueil@val-des-aulnes.example", subject
    mail["Message-ID"] = f"<{subject}@exemple.ca>"
    mail.set_content("Quand passe la collecte des feuilles?")
    mail.add_attachment(b"%PDF-1.4 plan", maintype="application", subtype="pdf", filename="plan.pdf")
    return mail.as_bytes()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A town whose mail process runs, without its worker."""
    service = Service("val-des-aulnes", tmp_path_factory.mktemp("handing"), SERVER if ON_POSTGRES else "")
    try:
        service.prepare()
        yield service
    finally:
        service.stop()


@pytest.fixture
def listening(service: Service) -> Service:
    if "reader" not in service.processes:
        service.start("reader")
        deadline = time.monotonic() + 60
        while not (service.data / NAME).exists():
            assert time.monotonic() < deadline, service.log("reader")
            time.sleep(0.1)
    return service


def received(service: Service, raw: bytes, **env: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(COMMAND, env=service.env | env, cwd=ROOT, input=raw, capture_output=True, check=False)


def stored(service: Service) -> tuple[int, int]:
    messages, deliveries = shell(service, STORED).split()
    return int(messages), int(deliveries)


def test_the_service_takes_it_in_and_the_command_loads_no_django(listening: Service) -> None:
    done = received(listening, message("Une"), PYTHONPATH="")  # what the tests load in each process is Django
    assert done.returncode == 0 and b"django" not in done.stderr
    outcome = json.loads(done.stdout)
    assert (outcome["outcome"], outcome["from"], outcome["subject"]) == ("new", "rita@exemple.ca", "Une")
    assert outcome["contact"] and outcome["case"] is None
    assert outcome["attachments"] == [{"name": "plan.pdf", "type": "application/pdf", "size": 13}]
    again = json.loads(received(listening, message("Une")).stdout)
    assert again["outcome"] == "duplicate"


def test_only_the_user_of_the_service_may_hand_over(listening: Service) -> None:
    assert S_IMODE((listening.data / NAME).stat().st_mode) == 0o600


def test_a_message_cut_short_is_not_stored(listening: Service) -> None:
    before = stored(listening)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(listening.data / NAME))
        client.sendall(b"5000 5000\n" + message("Coupe"))
    assert json.loads(received(listening, message("Deux")).stdout)["outcome"] == "new"  # handed over after it
    assert stored(listening) == (before[0] + 1, before[1] + 1)


def test_who_sends_a_byte_now_and_then_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "STALLED", 0.5)
    server, gone, taken = listen(tmp_path), threading.Event(), list[bytes]()
    assert server

    def receive(message: bytes, _size: int) -> bytes:
        taken.append(message)
        return b"\n"

    def drip() -> None:
        with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
            client.connect(str(tmp_path / NAME))
            client.sendall(b"100 100\n")
            for _byte in range(100):
                client.sendall(b"x")
                gone.wait(0.1)

    slow = threading.Thread(target=drip)
    slow.start()
    answer_one(server, 5.0, receive, most=1000)
    gone.set()
    slow.join()
    server.close()
    assert not taken


def test_one_too_large_keeps_its_header_and_an_empty_one_is_refused(listening: Service) -> None:
    outcome = json.loads(received(listening, message("Lourde") + b"x" * 41_000_000).stdout)
    assert (outcome["outcome"], outcome["subject"], outcome["text"]) == ("new", "Lourde", "")
    assert received(listening, b"").returncode == 1


def test_without_the_service_the_command_does_the_work_and_says_the_same(listening: Service) -> None:
    handed = json.loads(received(listening, message("Avec")).stdout)
    listening.kill("reader")
    assert (listening.data / NAME).exists(), "left by a process that was killed"
    alone = json.loads(received(listening, message("Sans")).stdout)
    assert alone | {"subject": "Avec", "contact": handed["contact"]} == handed


def test_a_service_killed_before_it_answers_loses_nothing(service: Service, tmp_path: Path) -> None:
    if "reader" in service.processes:
        service.kill("reader")
    (service.data / NAME).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(service.data / NAME))
        deaf.listen()
        asked = subprocess.Popen(COMMAND, env=service.env, cwd=ROOT, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL)
        assert asked.stdin and asked.stdout
        asked.stdin.write(message("Tuee"))
        asked.stdin.close()
        connection, _address = deaf.accept()
        connection.recv(10)
        connection.close()
    outcome = json.loads(asked.stdout.read())
    assert asked.wait(60) == 0 and outcome["outcome"] == "new"


@pytest.mark.parametrize("env", [{"DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing"}, {"PARVIS_NO": "1"}])
def test_what_cannot_be_stored_is_to_be_sent_again(service: Service, tmp_path: Path, env: dict[str, str]) -> None:
    done = received(service, message("Perdue"), **env, PARVIS_DATA=str(tmp_path))
    assert done.returncode == os.EX_TEMPFAIL and not done.stdout


def test_nobody_answers_where_nothing_listens(tmp_path: Path) -> None:
    assert hand_over(tmp_path, b"x", 1) == b""
