"""Fetching the messages of the mailboxes that are on a server, over IMAP (RFC 9051)."""

import imaplib
import logging
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from imap_tools import AND, BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError

from parvis.apps.mail.models import InboundDelivery, Mailbox
from parvis.apps.mail.rules.limits import LARGEST
from parvis.apps.mail.rules.servers import parse_server
from parvis.apps.mail.services.incoming import Arrived, quarantine_message, store_message, store_oversize
from parvis.lib import clock
from parvis.lib.errors import Invalid
from parvis.lib.words import one_line

TIMEOUT = 30  # seconds without an answer of the server
CHUNK = 50  # messages flagged together
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
UNREACHABLE = (OSError, imaplib.IMAP4.error, ImapToolsError)

logger = logging.getLogger(__name__)


class Unreadable(Exception):
    """The server answers, and does not give this message."""


@dataclass(frozen=True)
class Visit:
    """What a visit to a mailbox did: messages stored, and those left for the next visit."""

    stored: int
    left: int


@contextmanager
def connected(mailbox: Mailbox) -> Iterator[BaseMailBox]:
    """The mailbox on its server, its folder selected. Raises one of UNREACHABLE when it cannot be read."""
    server = parse_server(mailbox.server)
    trusted = ssl.create_default_context()
    box: BaseMailBox
    if server.scheme == "imaps":
        box = MailBox(server.host, server.port, timeout=TIMEOUT, ssl_context=trusted)
    elif server.scheme == "imap+tls":
        box = MailBoxStartTls(server.host, server.port, timeout=TIMEOUT, ssl_context=trusted)
    else:
        box = MailBoxUnencrypted(server.host, server.port, timeout=TIMEOUT)
    password = settings.PARVIS_MAIL_PASSWORDS.get(mailbox.slug, "")
    sign_in = box.login if f"{mailbox.username}{password}".isascii() else box.login_utf8
    with sign_in(mailbox.username, password, initial_folder=server.folder):
        yield box


def fetch(mailbox: Mailbox, box: BaseMailBox, *, seconds: float = 60.0) -> Visit:
    """Stores the new messages of a connected mailbox, oldest first, until none is left or the time is over.

    Each is stored and committed before the next one is read; the server is told afterwards that they are seen. A
    message is asked for without changing it (BODY.PEEK), and known by its UID; when the folder's UIDVALIDITY changed,
    all is read again, and what was stored before is recognised. Raises one of UNREACHABLE.
    """
    until = time.monotonic() + seconds
    mailbox.visited_at = clock.now()
    validity = int(box.folder.status(box.folder.get() or "INBOX")["UIDVALIDITY"])
    if mailbox.uid_validity != validity:
        mailbox.uid_validity, mailbox.last_uid = validity, 0
        mailbox.save(update_fields=["uid_validity", "last_uid"])
    _flag_seen(mailbox, box)
    new, stored = _new_uids(mailbox, box), 0
    for start in range(0, len(new), CHUNK):
        for uid in new[start : start + CHUNK]:
            if time.monotonic() > until:
                break
            _store_one(mailbox, box, uid)
            stored += 1
        _flag_seen(mailbox, box)
    left = len(new) - stored
    mailbox.left, mailbox.trouble = left, ""
    if not left:
        mailbox.succeeded_at, mailbox.alarmed_at = clock.now(), None
    mailbox.save(update_fields=["visited_at", "succeeded_at", "alarmed_at", "left", "trouble"])
    return Visit(stored, left)


def record_trouble(mailbox: Mailbox, error: Exception) -> None:
    """Records why a mailbox could not be read."""
    mailbox.visited_at, mailbox.trouble = clock.now(), one_line(str(error) or type(error).__name__)[:300]
    mailbox.save(update_fields=["visited_at", "trouble"])
    logger.warning("mailbox %s: %s", mailbox.slug, mailbox.trouble)


def check(mailbox: Mailbox) -> str:
    """Why a mailbox cannot be read, in one sentence; "" when its server answers and its folder exists."""
    try:
        if not settings.PARVIS_MAIL_PASSWORDS.get(mailbox.slug):
            return _("PARVIS_MAIL_PASSWORDS holds no password for %(mailbox)s.") % {"mailbox": mailbox.slug}
        with connected(mailbox):
            return ""
    except UNREACHABLE as error:
        return one_line(str(error) or type(error).__name__)


def _new_uids(mailbox: Mailbox, box: BaseMailBox) -> list[int]:
    """The UIDs not taken yet, in order; those of messages older than `since` are left out."""
    since = AND(date_gte=mailbox.since) if mailbox.since else "ALL"
    found = box.uids(f"UID {mailbox.last_uid + 1}:* {since}")
    return sorted(uid for text in found if (uid := int(text)) > mailbox.last_uid)  # "9:*" finds the last one, even if 5


def _store_one(mailbox: Mailbox, box: BaseMailBox, uid: int) -> None:
    arrived = Arrived(InboundDelivery.Via.IMAP, mailbox, uid=uid)
    try:
        _store_fetched(box, uid, arrived)
    except Invalid as refusal:  # nothing in it, or deleted meanwhile
        logger.warning("mailbox %s, message %s: %s", mailbox.slug, uid, refusal)
        mailbox.last_uid = max(mailbox.last_uid, uid)
        mailbox.save(update_fields=["last_uid"])
    except Unreadable as error:  # a folder may hold a damaged message: the others are read
        words = _("The mail server cannot give message %(number)d of %(mailbox)s: %(why)s.") % {
            "number": uid,
            "mailbox": mailbox.address,
            "why": error,
        }
        incoming, _new = store_message(
            f"X-Unreadable: {mailbox.slug} {mailbox.uid_validity} {uid}\r\n\r\n".encode(), arrived
        )
        quarantine_message(incoming_id=incoming.pk, reason=words)


def _store_fetched(box: BaseMailBox, uid: int, arrived: Arrived) -> None:
    size = SIZE.search(_fetched(box, uid, "RFC822.SIZE"))
    if size and int(size[1]) > LARGEST:
        store_oversize(_fetched(box, uid, "BODY.PEEK[HEADER]"), int(size[1]), arrived)
    else:
        store_message(_fetched(box, uid, "BODY.PEEK[]"), arrived)


def _fetched(box: BaseMailBox, uid: int, what: str) -> bytes:
    """One item of a message; b"" when it is gone. A literal comes apart from the line that announces it."""
    status, data = box.client.uid("FETCH", str(uid), f"({what})")
    if status != "OK":
        raise Unreadable(" ".join(str(item, "utf-8", "replace") for item in data if isinstance(item, bytes)) or status)
    for item in data:
        if isinstance(item, tuple):
            return bytes(item[1])
    return data[0] if data and isinstance(data[0], bytes) and what == "RFC822.SIZE" else b""


def _flag_seen(mailbox: Mailbox, box: BaseMailBox) -> None:
    """Tells the server which messages are stored; also those of a visit that ended before it could."""
    rows = mailbox.deliveries.filter(flagged=False, uid_validity=mailbox.uid_validity)
    uids = list(rows.order_by("uid").values_list("uid", flat=True))
    if uids:
        box.flag([str(uid) for uid in uids], MailMessageFlags.SEEN, True)
        rows.filter(uid__in=uids).update(flagged=True)
