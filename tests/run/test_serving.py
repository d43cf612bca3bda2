"""The service without a proxy: slow or silent clients do not block the others."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from tests.journeys.service import ROOT, Service, free_port
from tests.run.slow import BODY, HEADERS, senders

pytestmark = pytest.mark.only("sqlite")

SOON = 5.0  # one second is enough on an idle machine
STARTING, ENDING = 60.0, 40.0


def ask(port: int, path: str, method: str = "GET", seconds: float = SOON) -> http.client.HTTPResponse:
    """One response, on a new connection, within that time, its body already read."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    started = time.monotonic()
    connection.request(method, path)
    response = connection.getresponse()
    response.read()
    connection.close()
    assert time.monotonic() - started < seconds
    return response


@pytest.mark.parametrize("words", [HEADERS, BODY], ids=["headers", "bodies"])
def test_fifty_who_send_one_byte_at_a_time_hold_nobody_up(served: Service, words: str) -> None:
    with senders(words, 50, ("127.0.0.1", served.port)):
        for _ in range(4):  # in any process
            assert ask(served.port, "/healthz").status == 200
            assert ask(served.port, "/").status == 200


def test_three_hundred_browsers_that_say_nothing_hold_nobody_up(served: Service) -> None:
    with ExitStack() as silent:
        for _ in range(300):
            silent.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=SOON))
        assert [ask(served.port, path).status for path in ("/healthz", "/", "/healthz", "/")] == [200] * 4


def test_a_page_asked_for_without_its_words_brings_none_and_nothing_says_what_serves_it(served: Service) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=SOON) as browser:
        browser.sendall(b"HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        with browser.makefile("rb") as received:
            head, end, body = received.read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200") and end and body == b""
    assert b"server:" not in head.lower() and b"waitress" not in head.lower()


def test_the_longest_question_is_answered_in_any_alphabet(served: Service) -> None:
    assert ask(served.port, "/?q=" + quote("北" * 2000), seconds=20).status == 200


def test_an_address_that_is_taken_is_said_plainly(served: Service) -> None:
    for command in ("web", "run"):
        done = served.command(command, "--bind", f"127.0.0.1:{served.port}")
        assert done.returncode == 1
        assert f"cannot listen on 127.0.0.1:{served.port}: Address already in use." in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("bind", ["8000", "127.0.0.1", "127.0.0.1:many", ":8000"])
def test_an_address_that_is_none_is_said_plainly(served: Service, bind: str) -> None:
    env = dict(served.env, PARVIS_DEMO="0", PARVIS_SECRET_KEY="x" * 50, PARVIS_HOSTS="127.0.0.1", PARVIS_GRAPH_URL="")
    command = [sys.executable, "-m", "parvis.cli.main", "web", "--bind", bind]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr


@contextmanager
def town_running(service: Service, folder: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """`parvis run` on its own port, over the same installation; killed at the end with its children."""
    port = free_port()
    command = [sys.executable, "-m", "parvis.cli.main", "run", "--bind", f"127.0.0.1:{port}"]
    with (folder / "run.log").open("wb") as log:
        process = subprocess.Popen(command, env=service.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    pids = [process.pid]
    try:
        deadline = time.monotonic() + STARTING
        while b"Ctrl+C stops" not in (folder / "run.log").read_bytes():
            assert time.monotonic() < deadline and process.poll() is None, (folder / "run.log").read_text()
            time.sleep(0.1)
        pids += [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        yield process, port
    finally:
        for pid in pids:
            if psutil.pid_exists(pid):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def test_a_town_goes_on_without_a_web_process_that_is_killed_and_ctrl_c_ends_it_all(
    served: Service, tmp_path: Path
) -> None:
    with town_running(served, tmp_path) as (process, port):
        descendants = psutil.Process(process.pid).children(recursive=True)
        web, *_others = started_by(process)
        web_processes = web.children()
        assert len(web_processes) == 2
        web_processes[0].kill()
        assert [ask(port, path).status for path in ("/healthz", "/", "/healthz", "/")] == [200] * 4
        deadline = time.monotonic() + 10
        while len([child for child in web.children() if child != web_processes[0]]) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert not living(descendants)
    assert b"Stopping." in (tmp_path / "run.log").read_bytes()


def started_by(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """The web server, the worker and the mail process, beside the one that decodes photos."""
    return [child for child in psutil.Process(process.pid).children() if "decoder.py" not in " ".join(child.cmdline())]


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [child for child in processes if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_when_the_supervisor_alone_is_killed_nothing_is_left_and_its_port_is_free(
    served: Service, tmp_path: Path
) -> None:
    """The mail process too, here for a delivery address."""
    served.extra["PARVIS_MAIL_LISTEN"] = f"lmtp://127.0.0.1:{free_port()}"
    try:
        with town_running(served, tmp_path) as (process, port):
            descendants = psutil.Process(process.pid).children(recursive=True)
            assert len(started_by(process)) == 3
            process.kill()
            process.wait()
            deadline = time.monotonic() + ENDING
            while living(descendants):
                assert time.monotonic() < deadline, living(descendants)
                time.sleep(0.1)
            socket.create_server(("127.0.0.1", port)).close()
    finally:
        del served.extra["PARVIS_MAIL_LISTEN"]
