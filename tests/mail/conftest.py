"""A real SMTP server on the loopback interface, and letters to send to it."""

import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings


@dataclass
class Post:
    """The messages the server received, and its replies."""

    received: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)  # sender and recipients of each
    to_recipient: str = "250 OK"
    to_words: str = "250 OK"
    kill: int = 0
    port: int = 0
    refuses: str = ""
    connections: int = 0

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == self.refuses:
            return "450 4.2.1 Try later"
        if self.to_recipient.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.to_words.startswith("2"):
            self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            self.received.append(message_from_bytes(content, policy=policy.default))
        if self.kill:
            os.kill(self.kill, signal.SIGKILL)
        return self.to_words


@pytest.fixture
def post(settings: Settings) -> Iterator[Post]:
    """A server that accepts everything by default; the product sends through it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        server = Post(port=free.getsockname()[1])
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    settings.PARVIS_MAILBOX = False
    settings.PARVIS_MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    controller.stop()
