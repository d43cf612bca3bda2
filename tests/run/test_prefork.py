"""The worker processes of the web server: slow clients, crashes, graceful shutdown."""

import http.client
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from parvis.runtime import prefork
from tests.journeys.service import free_port

pytestmark = pytest.mark.only("sqlite")
SERVER = """
import os, resource, sys, time
from pathlib import Path
from parvis.runtime import prefork

port, processes, file_size = map(int, sys.argv[1:4])
folder = Path(sys.argv[4])
if file_size:
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))

def application(environ, start_response):
    path, body = environ["PATH_INFO"], b"%d" % os.getpid()
    if path == "/slow":
        (folder / "begun").touch()
        while not (folder / "end").exists():
            time.sleep(0.02)
    elif path == "/long":
        body = b"x" * 40_000_000
    elif path == "/echo":
        body = b"%d" % len(environ["wsgi.input"].read())
    elif path == "/asked":
        body = b"%d" % len(environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

prefork.serve(
    application,
    prefork.listen("127.0.0.1", port),
    processes=processes,
    threads=1,
    apart=[
        lambda head: head.method == "POST" and head.path in ("/slow", "/apart"),
        lambda head: head.content_type.startswith("multipart/") and head.length > 10,
    ],
)
"""
SOON = 10.0


class Server:
    """A web server of so many single-threaded processes, each of which answers with its process id."""

    def __init__(self, folder: Path, processes: int = 1, file_size: int = 0) -> None:
        self.folder, self.port = folder, free_port()
        line = [sys.executable, "-c", SERVER, str(self.port), str(processes), str(file_size), str(folder)]
        self.parent = subprocess.Popen(line, stderr=(folder / "log").open("wb"))
        wait_for(self.listens)

    def listens(self) -> bool:
        """Whether connections are accepted."""
        with suppress(OSError), self.connection():
            return True
        return False

    def connection(self) -> socket.socket:
        """A new connection, with nothing sent yet."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=SOON)

    def ask(self, path: str = "/", body: bytes | None = None, method: str = "", kind: str = "") -> tuple[int, str]:
        """The status and the body of one response, on a new connection; `kind` is the type of what is sent."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SOON)
        try:
            headers = {"Content-Type": kind} if kind else {}
            connection.request(method or ("POST" if body else "GET"), path, body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def process(self) -> int:
        """The id of the process that answers."""
        return int(self.ask()[1])

    def processes(self, count: int) -> set[int]:
        """The ids of the processes, once that many have answered."""
        pids: set[int] = set()

        def all_answered() -> bool:
            pids.add(self.process())
            return len(pids) == count

        wait_for(all_answered)
        return pids

    def begun(self) -> bool:
        """Whether the slow response is in progress."""
        return (self.folder / "begun").exists()

    def end_slow(self) -> None:
        """Lets the slow response complete."""
        (self.folder / "end").touch()

    def stop(self) -> None:
        """Stops the server."""
        self.end_slow()
        self.parent.terminate()
        self.parent.wait(SOON)


def wait_for(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def read_all(sender: socket.socket) -> bytes:
    """Everything received until the other side closes."""
    with sender.makefile("rb") as received:
        return received.read()


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def make(processes: int = 1, **options: int) -> Server:
        servers.append(Server(tmp_path, processes, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_whoever_reads_a_long_answer_slowly_holds_nobody_up(new_server: Callable[..., Server]) -> None:
    server = new_server()
    with ExitStack() as readers:
        for _ in range(8):
            reader = readers.enter_context(server.connection())
            reader.sendall(b"GET /long HTTP/1.1\r\nHost: here\r\n\r\n")
            assert reader.recv(12) == b"HTTP/1.1 200"
        assert server.process()


def test_browsers_that_hang_up_at_once_stop_no_process(new_server: Callable[..., Server]) -> None:
    server = new_server()
    process = server.process()
    for _ in range(50):
        hasty = server.connection()
        hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closed by a reset
        hasty.close()
    assert [server.process() for _ in range(3)] == [process] * 3


def test_a_body_that_the_disk_cannot_hold_ends_with_its_sender(new_server: Callable[..., Server]) -> None:
    server = new_server(file_size=2_000_000)
    with suppress(OSError, http.client.HTTPException):
        status, _words = server.ask("/echo", b"x" * 8_000_000)
        assert status >= 500
    assert server.ask("/echo", b"x" * 1_000_000) == (200, "1000000")


def test_a_body_of_ten_photos_is_taken_and_one_over_the_limit_is_refused_unread(
    new_server: Callable[..., Server],
) -> None:
    server = new_server()
    assert server.ask("/echo", b"x" * 120_000_000) == (200, "120000000")
    with server.connection() as sender:
        sender.sendall(b"POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 140000000\r\n\r\n")
        assert sender.recv(12) == b"HTTP/1.1 413"


def test_the_longest_question_fits_in_an_address_in_any_alphabet_and_what_is_longer_is_refused(
    new_server: Callable[..., Server],
) -> None:
    server = new_server()
    assert server.ask("/asked?q=" + quote("北" * 2000)) == (200, "18002")
    with server.connection() as sender:
        sender.sendall(b"GET /asked?q=" + b"x" * 70_000)  # incomplete: the refusal does not wait for the end
        assert sender.recv(12) == b"HTTP/1.0 431"
    assert server.process()


def test_a_header_that_makes_no_sense_is_refused(new_server: Callable[..., Server]) -> None:
    with new_server().connection() as sender:
        sender.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nBad(name): 1\r\n\r\n")
        assert sender.recv(12) == b"HTTP/1.0 400"


def test_a_process_that_is_killed_is_replaced_and_said(new_server: Callable[..., Server]) -> None:
    server = new_server(2)
    first, second = server.processes(2)
    os.kill(first, signal.SIGKILL)
    assert server.process() == second, "the other one answers meanwhile"
    wait_for(lambda: server.process() not in (first, second))
    assert b"ended by itself (exit code -9)" in (server.folder / "log").read_bytes()


def test_no_process_outlives_one_that_is_killed_above_it(new_server: Callable[..., Server]) -> None:
    server = new_server(2)
    processes = server.processes(2)
    server.parent.kill()
    server.parent.wait()
    wait_for(lambda: not any(map(is_alive, processes)))
    assert not server.listens()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_at_the_end_whoever_is_being_answered_is_answered_whole(
    new_server: Callable[..., Server], beside: ThreadPoolExecutor, number: signal.Signals
) -> None:
    server = new_server()
    answer: Future[tuple[int, str]] = beside.submit(server.ask, "/slow")
    wait_for(server.begun)
    with server.connection() as sender, server.connection() as long:
        sender.sendall(b"POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n12345")  # half of it
        long.sendall(b"GET /long HTTP/1.1\r\nHost: here\r\n\r\n")
        time.sleep(0.2)
        server.parent.send_signal(number)
        wait_for(lambda: not server.listens())
        server.end_slow()
        assert answer.result(SOON)[0] == 200
        sender.sendall(b"67890")
        assert read_all(sender).endswith(b"\r\n\r\n10")
        assert len(read_all(long)) > 40_000_000
    assert server.parent.wait(SOON) == 0


def test_the_end_does_not_wait_for_browsers_that_ask_for_nothing(new_server: Callable[..., Server]) -> None:
    server = new_server(2)
    with ExitStack() as silent:
        for _ in range(20):
            silent.enter_context(server.connection())
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SOON)
        connection.request("GET", "/")
        connection.getresponse().read()
        server.parent.terminate()
        assert server.parent.wait(5) == 0
        connection.close()


def test_what_is_computed_apart_keeps_nothing_else_waiting(new_server: Callable[..., Server]) -> None:
    """As passwords: forty at once, of which the first does not end, and pages go on; those beyond the queue do too."""
    running = new_server()
    with ThreadPoolExecutor(40) as pool:
        first = pool.submit(running.ask, "/slow", b"x")
        wait_for(running.begun)
        others = [pool.submit(running.ask, "/apart", b"x") for _ in range(39)]
        wait_for(lambda: sum(other.done() for other in others) >= 39 - prefork.MOST_APART)
        assert all(running.ask()[0] == 200 for _ in range(20))
        assert not first.done() and sum(other.done() for other in others) == 39 - prefork.MOST_APART
        running.end_slow()
        assert {done.result()[0] for done in (first, *others)} == {200}


def test_what_is_computed_apart_waits_only_for_its_own_kind(new_server: Callable[..., Server]) -> None:
    """A photo that takes long keeps neither a page nor a password waiting, and another photo waits for it."""
    running = new_server()
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(running.ask, "/slow", b"x" * 20, "PUT", "multipart/form-data; boundary=x")
        wait_for(running.begun)
        second = pool.submit(running.ask, "/", b"x" * 20, kind="multipart/form-data; boundary=x")
        small = pool.submit(running.ask, "/", b"x", kind="multipart/form-data; boundary=x")
        assert running.ask("/apart", b"x")[0] == running.ask()[0] == small.result()[0] == 200
        assert not first.done()
        running.end_slow()
        assert first.result()[0] == second.result()[0] == 200
