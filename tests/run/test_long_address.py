"""A question too long for an address, in letters that take nine characters each there, is answered by a kind page."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.journeys.service import free_port

SERVER = """
import sys
from gunicorn.app.base import BaseApplication
from parvis.lib.long_address import KindWorker

def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]

class Server(BaseApplication):
    def load_config(self):
        for name, value in {"bind": "127.0.0.1:" + sys.argv[1], "worker_class": KindWorker, "threads": 2,
                            "limit_request_line": 8190, "control_socket_disable": True}.items():
            self.cfg.set(name, value)

    def load(self):
        return application

Server().run()
"""


@pytest.fixture
def port() -> Iterator[int]:
    number = free_port()
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(number)])
    for _ in range(100):
        try:
            asked(number, "/")
            break
        except OSError:
            time.sleep(0.1)
    yield number
    server.terminate()
    server.wait(20)


def asked(port: int, path: str) -> tuple[int, str]:
    browser = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    browser.request("GET", path)
    answer = browser.getresponse()
    return answer.status, answer.read().decode()


def test_a_question_too_long_for_an_address_is_told_what_to_do_in_both_languages(port: int) -> None:
    status, page = asked(port, "/?q=" + quote("北" * 2000))
    assert status == 414
    assert "Cette question est trop longue" in page and "This question is too long" in page
    assert 'href="/demande/"' in page and "Request Line" not in page
    assert asked(port, "/?q=" + quote("é" * 1300)) == (200, "ok"), "what fits is answered"


def test_anything_else_that_is_wrong_is_answered_as_before(port: int) -> None:
    browser = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    browser.putrequest("GET", "/")
    browser.putheader("Bad(name)", "1")
    browser.endheaders()
    assert browser.getresponse().status == 400
