"""Receives messages that the town's mail server delivers, over LMTP (RFC 2033) or SMTP (RFC 5321)."""

import asyncio
import logging
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import Error as DatabaseError
from django.db import close_old_connections

from parvis.apps.directory.queries import town
from parvis.apps.mail.models import InboundDelivery, Mailbox
from parvis.apps.mail.queries import mailbox_addresses, mailbox_for
from parvis.apps.mail.rules.limits import LARGEST
from parvis.apps.mail.rules.threads import without_detail
from parvis.apps.mail.services.incoming import Arrived, store_message
from parvis.lib.errors import Invalid

MUST_EXIST = ("postmaster", "abuse")  # at any domain that receives mail (RFC 2142; RFC 5321, 4.5.1)
LONGEST_LINE = 1_000_000  # bytes; RFC 5321 says 1,000, and real messages have longer ones

logger = logging.getLogger(__name__)


class Receiver:
    """Accepts the messages for the town's mailboxes, and answers only once they are stored."""

    def __init__(self, *, each: bool) -> None:
        self.each = each  # LMTP answers once for each recipient

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuses an address that is not the town's: nothing is relayed."""
        try:
            known = await asyncio.to_thread(_is_ours, address)
        except DatabaseError:
            return "451 4.3.0 Try again later"
        if not known:
            return "550 5.1.1 This address does not exist here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Stores the message; a failure is temporary, so that the sending server keeps it."""
        raw = envelope.original_content or b""
        try:
            await asyncio.to_thread(_store, raw, [str(address) for address in envelope.rcpt_tos])
            reply = "250 2.6.0 Stored"
        except Invalid:
            reply = "554 5.6.0 This message is empty"
        except Exception:
            logger.exception("a message could not be stored")
            reply = "451 4.3.0 Try again later"
        return "\r\n".join([reply] * (len(envelope.rcpt_tos) if self.each else 1))


class _Lmtp(LMTP):
    line_length_limit = LONGEST_LINE


class _Smtp(SMTP):
    line_length_limit = LONGEST_LINE


class Listener(Controller):
    """The server, in a thread of its own between `start` and `stop`."""

    def __init__(self, host: str, port: int, *, lmtp: bool) -> None:
        self.lmtp = lmtp
        super().__init__(Receiver(each=lmtp), hostname=host, port=port)

    def factory(self) -> SMTP:
        """A conversation with one client."""
        kind = _Lmtp if self.lmtp else _Smtp
        return kind(self.handler, data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="Parvis")


def listener(url: str) -> Listener:
    """The server of an address such as lmtp://127.0.0.1:2424 or smtp://127.0.0.1:2525, not started."""
    parts = urlsplit(url)
    return Listener(parts.hostname or "127.0.0.1", parts.port or 0, lmtp=parts.scheme == "lmtp")


def _is_ours(address: str) -> bool:
    close_old_connections()
    ours = {*mailbox_addresses(), town().email.lower()}
    local, _at, domain = without_detail(address).rpartition("@")
    return f"{local}@{domain}" in ours or (local in MUST_EXIST and domain in {one.rpartition("@")[2] for one in ours})


def _store(raw: bytes, addresses: list[str]) -> None:
    close_old_connections()
    mailbox: Mailbox | None = mailbox_for(addresses)
    store_message(raw, Arrived(InboundDelivery.Via.LMTP, mailbox, addresses))
