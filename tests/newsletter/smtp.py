"""A mail server on loopback that misbehaves when asked to."""

import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

DROP = "drop"  # hangs up after the whole letter, taken all the same
HANG = "hang"  # takes the letter and never answers


@dataclass
class Taken:
    """A letter that was taken: its envelope and its bytes."""

    sender: str
    to: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The letter, parsed."""
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class MailServer:
    """What it took; `rcpt` and `data` are replies by address, used one by one, the last one for good."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    mail: deque[str] = field(default_factory=deque)
    rcpt: dict[str, deque[str]] = field(default_factory=dict)
    data: dict[str, deque[str]] = field(default_factory=dict)
    hanging: threading.Event = field(default_factory=threading.Event)

    def to(self, address: str) -> list[Taken]:
        """The letters taken for an address."""
        return [letter for letter in self.taken if letter.to == address]

    def serve(self, channel: socket.socket) -> None:
        """One connection."""
        with channel, suppress(OSError), channel.makefile("rwb") as stream:
            self.connections += 1
            self._converse(stream, channel)

    def _converse(self, stream: Any, channel: socket.socket) -> None:
        def say(reply: str) -> None:
            stream.write(f"{reply}\r\n".encode())
            stream.flush()

        say("220 ready")
        sender = to = ""
        while line := stream.readline():
            verb, words = line[:4].upper(), line.decode().strip()
            if verb == b"MAIL":
                sender = words.partition("<")[2].partition(">")[0]
                say(self.mail.popleft() if self.mail else "250 ok")
            elif verb == b"RCPT":
                to = words.partition("<")[2].partition(">")[0]
                say(_next(self.rcpt, to, "250 ok"))
            elif verb == b"DATA":
                say("354 go on")
                content = b""
                while (part := stream.readline()) != b".\r\n":
                    content += part[1:] if part.startswith(b"..") else part
                reply = _next(self.data, to, "250 taken")
                if not reply.startswith(("4", "5")):
                    self.taken.append(Taken(sender, to, content))
                if reply == HANG:
                    self.hanging.set()
                    channel.recv(1)
                if reply in (DROP, HANG):
                    channel.shutdown(socket.SHUT_RDWR)
                    return
                say(reply)
            elif verb == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")


def _next(replies: dict[str, deque[str]], address: str, otherwise: str) -> str:
    row = replies.get(address) or replies.get(address.partition("@")[2]) or replies.get("*")
    return (row.popleft() if len(row) > 1 else row[0]) if row else otherwise


@contextmanager
def serving() -> Iterator[MailServer]:
    """A server for the block."""
    server = MailServer()
    listening = socket.create_server(("127.0.0.1", 0))
    server.port = listening.getsockname()[1]

    def accept() -> None:
        with suppress(OSError):
            while True:
                channel, _address = listening.accept()
                threading.Thread(target=server.serve, args=(channel,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        listening.close()
