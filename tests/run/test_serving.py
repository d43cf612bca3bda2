"""Whoever sends slowly, or nothing, holds nobody else up: the product as it runs, with no proxy in front."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import ON_POSTGRES
from tests.journeys.service import Service
from tests.run.slow import BODY, HEADERS, senders
from tests.settings import SERVER

SOON = 5.0  # a second is what it takes on a machine left alone


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = Service("val-des-aulnes", tmp_path_factory.mktemp("slow"), SERVER if ON_POSTGRES else "")
    try:
        running.prepare()
        running.start("web")
        yield running
    finally:
        running.stop()


def answered(service: Service, path: str) -> int:
    """The status of that page, on a new connection, within SOON."""
    browser = http.client.HTTPConnection("127.0.0.1", service.port, timeout=SOON)
    began = time.monotonic()
    browser.request("GET", path)
    answer = browser.getresponse()
    answer.read()
    browser.close()
    assert time.monotonic() - began < SOON
    return answer.status


@pytest.mark.parametrize("words", [HEADERS, BODY], ids=["headers", "bodies"])
def test_fifty_who_send_one_byte_at_a_time_hold_nobody_up(service: Service, words: str) -> None:
    with senders(words, 50, ("127.0.0.1", service.port)):
        for _ in range(4):  # whichever process takes it
            assert answered(service, "/healthz") == 200
            assert answered(service, "/") == 200


def test_three_hundred_browsers_that_say_nothing_hold_nobody_up(service: Service) -> None:
    with ExitStack() as silent:
        for _ in range(300):
            silent.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=SOON))
        assert [answered(service, path) for path in ("/healthz", "/", "/healthz", "/")] == [200] * 4
