"""A process lets go of the connections that it has answered when another has less to do; else it keeps them."""

import http.client
import socket
import struct
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from tests.journeys.service import free_port

SERVER = """
import os, sys, time
from threading import get_ident
from pathlib import Path
from gunicorn.app.base import BaseApplication
from parvis.lib.even import EvenWorker, gone

def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        Path(sys.argv[2], f"begun-{os.getpid()}-{get_ident()}").touch()
        while not Path(sys.argv[2], "end").exists():
            time.sleep(0.02)
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

class Server(BaseApplication):
    def load_config(self):
        for name, value in {"bind": "127.0.0.1:" + sys.argv[1], "worker_class": EvenWorker, "threads": 4,
                            "workers": int(sys.argv[3]), "child_exit": gone, "keepalive": 60,
                            "control_socket_disable": True}.items():
            self.cfg.set(name, value)

    def load(self):
        return application

Server().run()
"""


Browser = http.client.HTTPConnection


class Service:
    """A web server of so many processes, whose slow answers come when `end` is called."""

    def __init__(self, folder: Path, processes: int) -> None:
        self.folder, self.port = folder, free_port()
        self.server = subprocess.Popen([sys.executable, "-c", SERVER, str(self.port), str(folder), str(processes)])
        self.waiting: list[Thread] = []
        for _ in range(100):
            try:
                ask(self.browser())
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(0.2)  # that connection is put down

    def browser(self) -> Browser:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def browsers_of(self, processes: int, each: int) -> list[list[Browser]]:
        """For each process, so many browsers whose connection it keeps."""
        found: dict[str, list[Browser]] = defaultdict(list)
        for _ in range(500):
            browser = self.browser()
            process, kept = ask(browser)
            if kept:  # else it had not put down the one before yet
                found[process].append(browser)
            if len(found) == processes and all(len(some) >= each for some in found.values()):
                return list(found.values())
        raise AssertionError(f"one process takes everything: {[len(some) for some in found.values()]}")

    def occupy(self, browser: Browser) -> None:
        """Returns once its process has that request in hand."""
        begun = len(list(self.folder.glob("begun-*")))
        self.waiting.append(Thread(target=ask, args=(browser, "/slow")))
        self.waiting[-1].start()
        while len(list(self.folder.glob("begun-*"))) == begun:
            time.sleep(0.02)

    def end(self) -> None:
        (self.folder / "end").touch()
        for each in self.waiting:
            each.join()
        self.server.terminate()
        self.server.wait(20)


def ask(browser: Browser, path: str = "/") -> tuple[str, bool]:
    """Which process answered, and whether it leaves the connection open for the next request."""
    browser.request("GET", path)
    answer = browser.getresponse()
    process = answer.read().decode()
    assert process.isdecimal()
    return process, answer.getheader("Connection") != "close"


@pytest.fixture
def service(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Service]:
    served = Service(tmp_path, request.param)
    yield served
    served.end()


@pytest.mark.parametrize("service", [2], indirect=True)
def test_a_connection_is_kept_while_nothing_else_is_in_hand(service: Service) -> None:
    calm = service.browser()
    assert [ask(calm)[1] for _ in range(3)] == [True, True, True]


@pytest.mark.parametrize("service", [2], indirect=True)
def test_a_browser_is_sent_to_a_process_that_has_nothing_to_do(service: Service) -> None:
    [slow, quick, *_rest], _free = service.browsers_of(2, each=2)
    service.occupy(slow)
    assert ask(quick, "/static/page.css")[1]
    busy, kept = ask(quick)
    assert not kept
    taken = [ask(service.browser())[0] for _ in range(21)]  # some too late, on a full machine
    assert taken.count(busy) <= len(taken) // 2


@pytest.mark.parametrize("service", [2], indirect=True)
def test_a_browser_stays_when_every_process_is_busy(service: Service) -> None:
    first, second = service.browsers_of(2, each=4)
    for browser in (*first[:2], *second[:2]):
        service.occupy(browser)
    assert not ask(first[2])[1]
    service.occupy(second[2])
    assert [ask(first[3])[1] for _ in range(3)] == [True, True, True]


@pytest.mark.parametrize("service", [1], indirect=True)
def test_a_browser_stays_when_there_is_nowhere_else_to_go(service: Service) -> None:
    [[slow, quick, *_rest]] = service.browsers_of(1, each=2)
    service.occupy(slow)
    assert [ask(quick)[1] for _ in range(3)] == [True, True, True]


@pytest.mark.parametrize("service", [1], indirect=True)
def test_browsers_that_say_nothing_yet_hold_nobody_up(service: Service) -> None:
    silent = [service.browser() for _ in range(8)]  # twice as many as there are threads
    for browser in silent:
        browser.connect()
    other = http.client.HTTPConnection("127.0.0.1", service.port, timeout=3)  # a thread would wait for 5 s
    assert ask(other)[1]
    assert [ask(browser)[1] for browser in silent] == [True] * 8


@pytest.mark.parametrize("service", [1], indirect=True)
def test_browsers_that_hang_up_at_once_stop_no_process(service: Service) -> None:
    process, _kept = ask(service.browser())
    for _ in range(50):
        hasty = socket.create_connection(("127.0.0.1", service.port))
        hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closed by a reset
        hasty.close()
    assert [ask(service.browser())[0] for _ in range(3)] == [process] * 3
