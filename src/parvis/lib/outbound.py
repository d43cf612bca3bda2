"""Calls to hosts that strangers name, without letting them reach what is not public.

The name is resolved once, every address it has is checked, and the one checked is the one called, whatever the name
says next. Redirections are the caller's business: each is a new target.
"""

import queue
import socket
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from parvis.lib.hosts import is_public, may_be_public

PORTS = {"http": 80, "https": 443}
RESOLVING = 5.0  # seconds


class Unreachable(Exception):
    """The call cannot be made, or is not answered; the message says why, for a log."""


@dataclass(frozen=True)
class Place:
    """What a URL names, its name not resolved."""

    scheme: str
    host: str
    port: int
    path: str


@dataclass(frozen=True)
class Target(Place):
    """A URL, and the address that its host has now."""

    address: str


def place(url: str, *, trusted: Collection[str] = ()) -> Place:
    """What a URL names, read without the network. Raises Unreachable for what is never called: another scheme or port,
    a numeric address that is not public, a name that is never public; unless the host is `trusted`, on any port then.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError as error:
        raise Unreachable("this is not an address of the web") from error
    if parts.scheme not in PORTS or not host or parts.username:
        raise Unreachable("only http and https addresses are called")
    if port not in (None, PORTS[parts.scheme]) and host not in trusted:
        raise Unreachable("only the usual ports are called")
    if host not in trusted and not may_be_public(host):
        raise Unreachable("this host is not a public one")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port or PORTS[parts.scheme], path)


def target(url: str, *, trusted: Collection[str] = (), seconds: float = RESOLVING) -> Target:
    """Where a URL leads. Raises Unreachable as `place`, and for a name whose addresses are not all public.

    `seconds` bound the resolution of its name, for which the system has no limit of ours. It waits for the network:
    never in a transaction, nor while someone waits for a page.
    """
    named = place(url, trusted=trusted)
    known = _resolved(named.host, named.port, seconds)
    if not known or not (named.host in trusted or all(map(is_public, known))):
        raise Unreachable("this host is not a public one")
    return Target(named.scheme, named.host, named.port, named.path, known[0])


def _resolved(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a name; a thread asks for them, and is left to itself when it takes too long."""
    answers: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put([str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except (OSError, UnicodeError):
            answers.put(None)

    threading.Thread(target=ask, daemon=True).start()
    try:
        known = answers.get(timeout=seconds)
    except queue.Empty as error:
        raise Unreachable("the name of this host takes too long to be resolved") from error
    if known is None:
        raise Unreachable("this host is not known")
    return known


class _Line:
    """The connection of one call, which a timer may cut from another thread."""

    def __init__(self) -> None:
        self.cut = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def holds(self, connected: socket.socket) -> None:
        """Keeps a handle of its own on the connection: TLS takes the first one away during its handshake."""
        with self._lock:
            self._socket = connected.dup()
            if self.cut:
                self._hang_up()

    def cut_off(self) -> None:
        with self._lock:
            self.cut = True
            self._hang_up()

    def close(self) -> None:
        with self._lock:
            if self._socket is not None:
                self._socket.close()
                self._socket = None

    def _hang_up(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def _pool(where: Target, line: _Line, timeout: urllib3.Timeout) -> urllib3.HTTPConnectionPool:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            connected = super()._new_conn()
            line.holds(connected)
            return connected

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            connected = super()._new_conn()
            line.holds(connected)
            return connected

    pool: urllib3.HTTPConnectionPool
    if where.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            where.address, where.port, timeout=timeout, cert_reqs="CERT_REQUIRED",
            server_hostname=where.host, assert_hostname=where.host,
        )  # fmt: skip
        pool.ConnectionCls = Secure
    else:
        pool = urllib3.HTTPConnectionPool(where.address, where.port, timeout=timeout)
        pool.ConnectionCls = Plain
    return pool


@contextmanager
def call(
    where: Target, method: str, *, headers: Mapping[str, str], body: bytes | None = None, seconds: float
) -> Iterator[urllib3.BaseHTTPResponse]:
    """The response, its content not read yet, for the block. No redirection is followed, nothing is tried twice.

    `seconds` bound the whole call, by the clock, until the end of the block: the connection of a server that sends a
    byte now and then is cut. Raises Unreachable, from the block too when its reading fails or was cut short.
    """
    line = _Line()
    timer = threading.Timer(seconds, line.cut_off)
    timer.daemon = True
    timer.start()
    pool = _pool(where, line, urllib3.Timeout(connect=seconds, read=seconds))
    usual = where.port == PORTS[where.scheme]
    sent = {"Host": where.host if usual else f"{where.host}:{where.port}", **headers}
    try:
        response = pool.urlopen(
            method, where.path, body=body, headers=sent, retries=False, redirect=False, preload_content=False
        )
        try:
            yield response
        finally:
            response.close()
    except urllib3.exceptions.HTTPError as error:
        why = "takes too long" if line.cut else f"does not answer: {type(error).__name__}"
        raise Unreachable(f"the server {why}") from error
    except (UnicodeError, ValueError) as error:
        raise Unreachable(f"the server does not answer: {type(error).__name__}") from error
    finally:
        timer.cancel()
        line.close()
        pool.close()
    if line.cut:  # a body without a length ends as if it were whole
        raise Unreachable("the server takes too long")
