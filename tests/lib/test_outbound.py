"""Calls to strangers end in their time, however slowly the other side sends."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from parvis.lib.outbound import Unreachable, call, target

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"
MOST_DRIPS = 400  # twenty seconds of them: a call that waits for the end has all of it, and the test says so


class Dripping:
    """A server that sends a beginning, then a byte now and then; `hung_up` when its client left before the end."""

    def __init__(self, beginning: bytes) -> None:
        self.beginning, self.hung_up, self._stopped = beginning, threading.Event(), threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connected, _address = self._listening.accept()
        with connected:
            try:
                connected.recv(65_536)
                connected.sendall(self.beginning)
                for _drip in range(MOST_DRIPS):
                    if self._stopped.wait(0.05):
                        return
                    connected.sendall(b"x")
            except OSError:
                self.hung_up.set()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._listening.close()


@contextmanager
def dripping(beginning: bytes) -> Iterator[Dripping]:
    server = Dripping(beginning)
    try:
        yield server
    finally:
        server.stop()


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(HEAD + b"X-Slow: ", id="headers"),
        pytest.param(HEAD + b"Content-Length: 1000000\r\n\r\n", id="body"),
        pytest.param(HEAD + b"\r\n", id="body-without-length"),
    ],
)
def test_a_server_that_drips_is_left(beginning: bytes) -> None:
    with dripping(beginning) as server:
        where = target(server.url, trusted={"127.0.0.1"})
        with pytest.raises(Unreachable, match="takes too long"), call(where, "GET", headers={}, seconds=0.3) as answer:
            b"".join(answer.stream(65_536, decode_content=False))
        assert server.hung_up.wait(10), "the connection is cut, not left open behind"


def test_one_that_answers_in_time_is_read_whole() -> None:
    with dripping(HEAD + b"Content-Length: 3\r\n\r\n") as server:
        where = target(server.url, trusted={"127.0.0.1"})
        with call(where, "GET", headers={}, seconds=30) as answer:
            assert b"".join(answer.stream(65_536)) == b"xxx"


def test_a_name_that_is_never_resolved_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def never(*_asked: object, **_more: object) -> list[object]:
        over.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    with pytest.raises(Unreachable, match="too long"):
        target("https://lent.exemple.ca/", seconds=0.01)
    over.set()
