"""The watch of the whole suite: waiting for the network in a transaction makes a test fail."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import transaction

from tests.conftest import WATCH
from tests.waiting import STARTED, in_logs

pytestmark = pytest.mark.django_db


@pytest.fixture
def listening() -> Iterator[int]:
    """The port of a server of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def found() -> list[str]:
    """What the watch of this test found until now, forgiven: it does not fail for it."""
    waits = WATCH.end()
    WATCH.begin()
    return waits


def resolve(port: int) -> None:
    socket.getaddrinfo("localhost", port)


def connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port)).close()


def resolve_aside(port: int) -> None:
    """As `lib.outbound` does: the name is asked for by a thread, which the caller waits for."""
    thread = threading.Thread(target=resolve, args=(port,))
    thread.start()
    thread.join()


WAYS: dict[Callable[[int], None], str] = {resolve: "resolve", connect: "connect", resolve_aside: "resolve"}


@pytest.mark.parametrize("wait", WAYS)
def test_waiting_in_a_transaction_is_found_with_its_place(wait: Callable[[int], None], listening: int) -> None:
    with transaction.atomic():
        wait(listening)
    waits = found()
    assert waits and f"in {WAYS[wait]}" in waits[0]


@pytest.mark.parametrize("wait", WAYS)
def test_waiting_before_or_after_it_is_not(wait: Callable[[int], None], listening: int) -> None:
    wait(listening)
    with transaction.atomic():
        pass
    wait(listening)
    assert found() == []


def test_a_process_that_a_test_starts_tells_it_in_its_log(tmp_path: Path, listening: int) -> None:
    script = (
        "import socket, django; django.setup()\n"
        "from django.db import transaction\n"
        f"socket.create_connection(('127.0.0.1', {listening})).close()\n"
        "with transaction.atomic():\n"
        f"    socket.create_connection(('127.0.0.1', {listening})).close()\n"
    )
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": STARTED, "PARVIS_DEMO": "1", "PARVIS_DATA": str(tmp_path)}
    env["DJANGO_SETTINGS_MODULE"] = "parvis.config.settings"
    with (tmp_path / "web.log").open("wb") as log:
        subprocess.run([sys.executable, "-c", script], env=env, stderr=log, check=True)
    resolved, connected = in_logs([tmp_path / "web.log"])
    assert "socket.getaddrinfo" in resolved and "socket.connect" in connected, "those of the transaction alone"
