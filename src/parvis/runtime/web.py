"""The web server: waitress in several forked processes that share one socket and the loaded application.

No database connection crosses a fork: two processes would share one PostgreSQL socket, or the lock file that orders
SQLite writers.
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

from parvis.apps.directory.rules.calendar import quebec_holidays
from parvis.apps.files.services import decoding
from parvis.apps.matching.queries.suggesting import suggest
from parvis.lib import clock
from parvis.lib.errors import Refused
from parvis.lib.jobs import resolve
from parvis.runtime import prefork
from parvis.runtime.prefork import Application, Environ, Head
from parvis.surfaces.public.http_cache import release

Network = IPv4Network | IPv6Network

THIS_MACHINE = "127.0.0.1,::1"
LONGEST_FORM = 20_000  # bytes of a form without files, words and all
PASSWORD_PATHS = ("/staff/login/", "/staff/password/", "/staff/reauthenticate/")
PROXY_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO")


@cache
def loaded() -> Any:
    """Preloads the application with its views, holidays, subjects and answers, for forked processes to share, as they
    share the process that decodes photos.

    The loaded objects are frozen out of garbage collection, so that their memory stays shared. The caller closes the
    database connections opened here before it forks.
    """
    decoding.start()
    application = resolve("parvis.config.wsgi.application")
    quebec_holidays([clock.today().year])
    release()
    with suppress(DatabaseError):  # /readyz reports a database that is not ready
        suggest("bonjour, une question")  # loads the encoder too
    gc.freeze()
    return application


def listen(bind: str) -> socket:
    """Opens a listening socket on host:port. Refused, with the reason, when it is unavailable."""
    host, port = _host_port(bind)
    try:
        return prefork.listen(host, port)
    except OSError as error:
        code = error.errno or 0  # below 0 for name resolution errors, whose own message is clear
        reason = os.strerror(code) if code > 0 else str(error)
        raise Refused(f"Parvis cannot listen on {bind}: {reason}.") from None


def serve(listener: socket, proxies: Sequence[Network]) -> None:
    """Serves on the socket until SIGTERM, SIGINT or SIGHUP, then finishes current requests and returns.

    Forwarding headers are trusted only from `proxies`.
    """
    application = believing(loaded(), proxies)
    connections.close_all()
    prefork.serve(
        application,
        listener,
        processes=settings.PARVIS_WEB_WORKERS,
        threads=settings.PARVIS_WEB_THREADS,
        host=listener.getsockname()[0],
        apart=(checks_password, sends_files),
    )


def checks_password(head: Head) -> bool:
    """Whether the request may hash a password, which takes a processor for a fifth of a second (ADR 0054)."""
    return head.method == "POST" and head.path.startswith(PASSWORD_PATHS)


def sends_files(head: Head) -> bool:
    """Whether the request may bring photos, which wait for their turn and for another process (ADR 0062)."""
    return head.content_type.lower().startswith("multipart/form-data") and head.length > LONGEST_FORM


def trusted_proxies() -> list[Network]:
    """The addresses and networks of FORWARDED_ALLOW_IPS (`*`: all). Refused when it is invalid."""
    value = os.environ.get("FORWARDED_ALLOW_IPS") or THIS_MACHINE
    try:
        networks = [network.strip() for network in value.replace("*", "0.0.0.0/0,::/0").split(",")]
        return [ip_network(network) for network in networks if network]
    except ValueError as error:
        raise Refused(f"FORWARDED_ALLOW_IPS: {error}.") from None


def believing(application: Application, proxies: Sequence[Network]) -> Application:
    """Drops `X-Forwarded-For` and `X-Forwarded-Proto` from requests that do not come from these proxies."""

    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        caller = ip_address(environ["REMOTE_ADDR"])
        if not any(caller in network for network in proxies):
            for name in PROXY_HEADERS:
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
