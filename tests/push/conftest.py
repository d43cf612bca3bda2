"""The stand-in push service, in use."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiohttp import web

from parvis.operations.fake_services.push import PushService
from tests.journeys.service import free_port


@contextmanager
def serving() -> Iterator[PushService]:
    """A push service on the loopback interface, until the block ends."""
    service, loop, ready = PushService(free_port()), asyncio.new_event_loop(), threading.Event()

    async def start() -> web.AppRunner:
        runner = web.AppRunner(service.application(), shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", service.port).start()
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    yield service
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.fixture
def push_service() -> Iterator[PushService]:
    """A push service that takes everything by default."""
    with serving() as service:
        yield service


@pytest.fixture
def other_service() -> Iterator[PushService]:
    """A second one, of another origin."""
    with serving() as service:
        yield service
