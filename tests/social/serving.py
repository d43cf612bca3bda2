"""The stand-in for Facebook and Mastodon, served from a thread."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from parvis.operations.fake_services.facebook import Networks


@contextmanager
def serving(networks: Networks) -> Iterator[Networks]:
    """Both networks on the loopback interface, until the block ends."""
    loop, ready = asyncio.new_event_loop(), threading.Event()

    async def start() -> web.AppRunner:
        runner = web.AppRunner(networks.application(), shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", networks.port).start()
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
    yield networks
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
