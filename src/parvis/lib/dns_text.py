"""The TXT records of a name, asked of a name server."""

import socket

from dns.exception import DNSException
from dns.name import from_text
from dns.resolver import NXDOMAIN, LifetimeTimeout, Resolver

SECONDS, TRIES = 3.0, 2


class NoAnswer(Exception):
    """The name server does not answer, or not in a way that can be read; the message says why, for a log."""


def txt(name: str, server: str = "") -> list[str]:
    """The TXT records of a name, the strings of each joined; none when the name does not exist. Raises NoAnswer.

    `server` is "host" or "host:port"; without it, the name servers of the machine are asked.
    """
    try:
        answer = _resolver(server).resolve(from_text(name), "TXT", raise_on_no_answer=False)
    except NXDOMAIN:
        return []
    except LifetimeTimeout as error:
        raise NoAnswer("timed out") from error
    except (DNSException, OSError) as error:
        raise NoAnswer(str(error)) from error
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def _resolver(server: str) -> Resolver:
    resolver = Resolver(configure=not server)
    resolver.timeout, resolver.lifetime = SECONDS, SECONDS * TRIES
    if server:
        host, port = server.split(":") if server.count(":") == 1 else (server, "53")
        address, number, *_scope = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0][4]
        resolver.nameservers, resolver.port = [str(address)], int(number)
    return resolver
