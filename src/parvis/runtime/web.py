"""The web server: waitress, several processes that share one socket and the application, loaded before they part.

No database connection crosses a fork: two processes would share one socket of PostgreSQL, or the file lock that puts
the writers of SQLite in order.
"""

import gc
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from socket import socket
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connections

from parvis.apps.directory.calendar import quebec_holidays
from parvis.apps.knowledge.queries import suggest
from parvis.lib import clock
from parvis.lib.errors import Refused
from parvis.lib.jobs import resolve
from parvis.runtime import prefork
from parvis.runtime.prefork import Application, Environ
from parvis.surfaces.public.http_cache import release

Network = IPv4Network | IPv6Network

THIS_MACHINE = "127.0.0.1,::1"
SAID_BY_PROXY = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO")


@cache
def loaded() -> Any:
    """The application, with its views, holidays, subjects and answers already in memory, for processes forked from
    here. It is set aside from the garbage collector, so that it stays shared.

    Whoever forks closes the connections opened here.
    """
    application = resolve("parvis.config.wsgi.application")
    quebec_holidays([clock.today().year])
    release()
    with suppress(DatabaseError):  # a database that is not ready yet is for /readyz to tell
        suggest("bonjour, une question")  # words, so that the encoder is read too
    gc.freeze()
    return application


def listen(bind: str) -> socket:
    """A socket of host:port, on which callers wait from now on. Refused when it cannot be had: the words say why."""
    host, port = _host_port(bind)
    try:
        return prefork.listen(host, port)
    except OSError as error:
        code = error.errno or 0  # below 0, of what looks names up: its own words are plain
        reason = os.strerror(code) if code > 0 else str(error)
        raise Refused(f"Parvis cannot listen on {bind}: {reason}.") from None


def serve(listener: socket, proxies: Sequence[Network]) -> None:
    """Serves on that socket until SIGTERM, SIGINT or SIGHUP, then returns; requests in hand are finished.

    `proxies` are believed when they say for whom they ask.
    """
    application = believing(loaded(), proxies)
    connections.close_all()
    prefork.serve(
        application,
        listener,
        processes=settings.PARVIS_WEB_WORKERS,
        threads=settings.PARVIS_WEB_THREADS,
        host=listener.getsockname()[0],
    )


def trusted_proxies() -> list[Network]:
    """The addresses and networks of FORWARDED_ALLOW_IPS (`*`: everyone). Refused when it holds something else."""
    asked = os.environ.get("FORWARDED_ALLOW_IPS") or THIS_MACHINE
    try:
        every = [item.strip() for item in asked.replace("*", "0.0.0.0/0,::/0").split(",")]
        return [ip_network(item) for item in every if item]
    except ValueError as error:
        raise Refused(f"FORWARDED_ALLOW_IPS: {error}.") from None


def believing(application: Application, proxies: Sequence[Network]) -> Application:
    """The application, which hears who asks (`X-Forwarded-For`) and how (`X-Forwarded-Proto`) from these alone."""

    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        caller = ip_address(environ["REMOTE_ADDR"])
        if not any(caller in network for network in proxies):
            for name in SAID_BY_PROXY:
                environ.pop(name, None)
        return application(environ, start_response)

    return answer


def _host_port(bind: str) -> tuple[str, int]:
    parts = urlsplit(f"//{bind}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port is None:
        raise Refused(f"{bind} is not an address to listen on: HOST:PORT, or [HOST]:PORT when it is one of IPv6.")
    return host, port
