"""A busy process lets go of the connections that it has answered; a calm one keeps them."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from tests.journeys.service import free_port

SERVER = """
import sys, time
from pathlib import Path
from gunicorn.app.base import BaseApplication
from parvis.lib.even import EvenWorker

def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        Path(sys.argv[2], "begun").touch()
        while not Path(sys.argv[2], "end").exists():
            time.sleep(0.02)
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]

class Server(BaseApplication):
    def load_config(self):
        for name, value in {"bind": "127.0.0.1:" + sys.argv[1], "worker_class": EvenWorker, "threads": 4,
                            "keepalive": 5, "control_socket_disable": True}.items():
            self.cfg.set(name, value)

    def load(self):
        return application

Server().run()
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    number = free_port()
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(number), str(tmp_path)])
    for _ in range(100):
        try:
            kept(connection(number))
            break
        except OSError:
            time.sleep(0.1)
    time.sleep(0.2)  # that connection is put down
    yield number
    server.terminate()
    server.wait(20)


def connection(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=20)


def kept(browser: http.client.HTTPConnection, path: str = "/") -> bool:
    """Whether the answer leaves the connection open for the next request."""
    browser.request("GET", path)
    answer = browser.getresponse()
    assert answer.read() == b"ok"
    return answer.getheader("Connection") != "close"


def test_a_connection_is_kept_while_nothing_else_is_in_hand(port: int) -> None:
    calm = connection(port)
    assert [kept(calm) for _ in range(3)] == [True, True, True]


def test_a_browser_is_sent_elsewhere_while_another_is_being_answered(port: int, tmp_path: Path) -> None:
    slow, quick, done = connection(port), connection(port), list[bool]()
    assert kept(quick)
    waiting = Thread(target=lambda: done.append(kept(slow, "/slow")))
    waiting.start()
    while not (tmp_path / "begun").exists():
        time.sleep(0.02)
    assert kept(quick, "/static/page.css")
    assert not kept(quick)
    time.sleep(0.2)
    (tmp_path / "end").touch()
    waiting.join()
    time.sleep(0.2)
    assert kept(connection(port)) and done == [True]
