"""The TXT records of a name, asked of a name server in one small message (RFC 1035), without a library."""

import secrets
import socket
import struct
from pathlib import Path

TXT, IN = 16, 1
NAME_ERROR = 3
SECONDS, TRIES = 3.0, 2
RESOLV_CONF = Path("/etc/resolv.conf")


class NoAnswer(Exception):
    """The name server does not answer, or not in a way that can be read; the message says why, for a log."""


def name_server(setting: str = "") -> tuple[str, int]:
    """The host and port of "host" or "host:port"; without them, those of the machine's first name server."""
    if not setting:
        try:
            lines = [line.split() for line in RESOLV_CONF.read_text().splitlines()]
        except OSError:
            lines = []
        setting = next((line[1] for line in lines if line[:1] == ["nameserver"] and len(line) > 1), "127.0.0.1")
    if setting.count(":") == 1:
        host, _, port = setting.partition(":")
        return host, int(port)
    return setting, 53


def txt(name: str, server: tuple[str, int]) -> list[str]:
    """The TXT records of a name, the strings of each joined; none when the name does not exist. Raises NoAnswer."""
    number = secrets.randbelow(1 << 16)
    question = _name(name) + struct.pack(">HH", TXT, IN)
    message = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + question
    last = ""
    for _attempt in range(TRIES):
        try:
            answer = _ask(message, server, number)
        except (OSError, struct.error, IndexError, UnicodeError) as error:
            last = str(error) or type(error).__name__
        else:
            return answer
    raise NoAnswer(last)


def _name(name: str) -> bytes:
    labels = [label.encode("idna") for label in name.rstrip(".").split(".")]
    if any(not 0 < len(label) < 64 for label in labels):  # noqa: PLR2004
        raise NoAnswer("this is not a domain name")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _ask(message: bytes, server: tuple[str, int], number: int) -> list[str]:
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as channel:
        channel.settimeout(SECONDS)
        channel.sendto(message, server)
        data, sender = channel.recvfrom(4096)
    if sender[0] != server[0] and server[0][:1].isdigit():
        raise OSError("an answer from another server")
    if data[2] & 0x02:  # cut: the whole answer is given over TCP
        data = _ask_whole(message, server)
    return _records(data, number)


def _ask_whole(message: bytes, server: tuple[str, int]) -> bytes:
    with socket.create_connection(server, timeout=SECONDS) as channel, channel.makefile("rb") as stream:
        channel.sendall(struct.pack(">H", len(message)) + message)
        (size,) = struct.unpack(">H", stream.read(2))
        return stream.read(size)


def _records(data: bytes, number: int) -> list[str]:
    given, flags, questions, answers, _authority, _more = struct.unpack(">HHHHHH", data[:12])
    code = flags & 0x0F
    if given != number or not flags & 0x8000:
        raise OSError("an answer to another question")
    if code == NAME_ERROR:
        return []
    if code:
        raise OSError(f"the name server refuses, code {code}")
    at, result = 12, []
    for _rank in range(questions):
        at = _after_name(data, at) + 4
    for _rank in range(answers):
        at = _after_name(data, at)
        kind, _class, _ttl, size = struct.unpack(">HHIH", data[at : at + 10])
        at += 10
        if kind == TXT:
            result.append(_strings(data[at : at + size]))
        at += size
    return result


def _after_name(data: bytes, at: int) -> int:
    while (size := data[at]) and size < 0xC0:  # noqa: PLR2004
        at += size + 1
    return at + (2 if size >= 0xC0 else 1)  # noqa: PLR2004


def _strings(data: bytes) -> str:
    words, at = b"", 0
    while at < len(data):
        words += data[at + 1 : at + 1 + data[at]]
        at += data[at] + 1
    return words.decode("utf-8", "replace")
