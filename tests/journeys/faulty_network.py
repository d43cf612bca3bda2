"""A network between the browser and the product that fails on demand: a reverse proxy on the loopback interface."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from tests.journeys.service import free_port

HOP = {"connection", "transfer-encoding", "content-length", "content-encoding", "host", "keep-alive"}


@dataclass
class Network:
    """`down`: every connection is cut. `after`: for the next sendings, one each, the status answered instead of the
    product's, which has already done its work (None: the product's). `before`: the same, unasked. `release`: added to
    the version of the service worker.
    """

    target: str
    port: int = field(default_factory=free_port)
    down: bool = False
    after: list[int | None] = field(default_factory=list)
    before: list[tuple[int, str] | None] = field(default_factory=list)
    release: str = ""
    sendings: int = 0

    @property
    def url(self) -> str:
        """What the browser opens."""
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Forwards a request, or fails as told."""
        if self.down:
            assert request.transport
            request.transport.abort()
            return web.Response(status=502)
        sending = request.method == "POST" and (request.path.endswith("/envoi") or "envoi" in request.query)
        self.sendings += sending
        if sending and self.before and (planned := self.before.pop(0)):
            return web.Response(status=planned[0], text=planned[1], content_type="application/json")
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP - {"host"}}
        if request.path == "/sw.js":
            headers.pop("If-None-Match", None)
        async with aiohttp.ClientSession(auto_decompress=True) as session:
            body = await request.read()
            async with session.request(
                request.method, self.target + request.path_qs, data=body, headers=headers, allow_redirects=False
            ) as got:
                text = await got.read()
                if sending and self.after and (status := self.after.pop(0)):
                    return web.Response(status=status)
                if request.path == "/sw.js" and self.release:
                    text = text.replace(b'"version": "', f'"version": "{self.release}'.encode())
                kept = [(name, value) for name, value in got.headers.items() if name.lower() not in HOP]
                response = web.Response(status=got.status, body=text)
                response.headers.clear()
                for name, value in kept:
                    response.headers.add(name, value)
                return response


@contextmanager
def network_to(target: str) -> Iterator[Network]:
    """A network to that address, until the block ends."""
    network, loop, ready = Network(target), asyncio.new_event_loop(), threading.Event()

    async def start() -> web.AppRunner:
        app = web.Application(client_max_size=200_000_000)
        app.router.add_route("*", "/{path:.*}", network.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", network.port).start()
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
    yield network
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
