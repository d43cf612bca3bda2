"""SNMP version 1 (RFC 1157), as pysnmp speaks it: one value read, or a few written, over UDP."""

import asyncio
import socket
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pysnmp.error import PySnmpError
from pysnmp.hlapi.v1arch.asyncio import (
    CommunityData,
    SnmpDispatcher,
    Udp6TransportTarget,
    UdpTransportTarget,
    get_cmd,
    set_cmd,
)
from pysnmp.proto.api import v1

Oid = tuple[int, ...]
Value = int | bytes | None

NO_ERROR, TOO_BIG, NO_SUCH_NAME, BAD_VALUE, READ_ONLY, GENERAL_ERROR = range(6)
TICK = 0.25  # of the time an answer is waited for: how often pysnmp looks whether it is over


class Refusal(Exception):
    """The agent answered with an error: its `status` (of RFC 1157) and the place of the object that caused it."""

    def __init__(self, status: int, place: int) -> None:
        super().__init__(f"error {status} on object {place}")
        self.status, self.place = status, place


class Silence(Exception):
    """No answer came in time."""


@dataclass(frozen=True)
class Client:
    """An agent at an address. Each request is sent `tries` times, and waits `seconds` for its answer each time.

    It may be used from any thread, even one that runs an event loop: each request has a thread and a loop of its own.
    """

    host: str
    port: int
    community: str
    seconds: float = 2.0
    tries: int = 3

    def get(self, oid: Oid) -> Value:
        """The value of an object. Raises Refusal, Silence."""
        return _plain(_run(self._ask(get_cmd, (oid, v1.Null("")))))

    def set(self, *variables: tuple[Oid, int | bytes]) -> None:
        """Writes objects, all or none. Raises Refusal, Silence."""
        _run(self._ask(set_cmd, *((oid, _typed(value)) for oid, value in variables)))

    async def _ask(self, command: Any, *variables: tuple[Oid, Any]) -> Any:
        """The first value of the answer."""
        try:
            kind = await self._transport()
            with SnmpDispatcher() as dispatcher:
                dispatcher.transport_dispatcher.set_timer_resolution(self.seconds * TICK)
                target = await kind.create((self.host, self.port), timeout=self.seconds, retries=self.tries - 1)
                community = CommunityData(self.community, mpModel=0)
                named = [(v1.ObjectIdentifier(oid), value) for oid, value in variables]
                problem, status, place, answer = await command(dispatcher, community, target, *named)
        except (PySnmpError, OSError) as error:
            raise Silence(str(error)) from error
        if problem:
            raise Silence("no answer")
        if status:
            raise Refusal(int(status), int(place))
        if not answer:
            raise Silence("an answer without a value")
        return answer[0][1]

    async def _transport(self) -> Any:
        """That of the addresses of the host: version 4 of IP when it has one, else version 6."""
        found = await asyncio.get_running_loop().getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)
        families = {family for family, *_rest in found}
        return UdpTransportTarget if socket.AF_INET in families else Udp6TransportTarget


def _run(request: Coroutine[Any, Any, Any]) -> Any:
    with ThreadPoolExecutor(max_workers=1) as apart:
        return apart.submit(asyncio.run, request).result()


def _typed(value: int | bytes) -> Any:
    return v1.Integer(value) if isinstance(value, int) else v1.OctetString(value)


def _plain(value: Any) -> Value:
    """The value in Python's own types; None for what is neither a number nor octets."""
    if isinstance(value, v1.Null):
        return None
    return int(value) if isinstance(value, v1.Integer) else bytes(value)
