"""The mail process: waits for new messages in each mailbox (IMAP), and receives those delivered to it (LMTP, SMTP) or
handed over by `parvis receive-mail`.
"""

import json
import logging
import signal
import threading
import time
from socket import socket

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from imap_tools import BaseMailBox

from parvis.apps.files.models import Attachment
from parvis.apps.intake.services.mail.received import take_in_mail
from parvis.apps.mail import queries
from parvis.apps.mail.models import Mailbox
from parvis.apps.mail.rules.limits import LARGEST
from parvis.apps.mail.services import fetching
from parvis.apps.mail.services.incoming import store_message, store_oversize
from parvis.apps.mail.web.listening import listener
from parvis.lib.handover import answer_one, listen
from parvis.runtime import parent

POLL = 60  # seconds between two visits where the server does not announce new messages (RFC 2177)
ANNOUNCED = 600  # seconds between two visits where it does; it may drop a silent client after 30 minutes
SLICE = 1.0  # seconds between two checks of whether to stop
FIRST_WAIT, LONGEST_WAIT = 5, 300  # seconds before a mailbox that could not be read is tried again

logger = logging.getLogger(__name__)


def run() -> int:
    """Receives mail until SIGTERM or SIGINT, or until the supervisor is gone; 1 when a thread ends by itself."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signum, _frame: stop.set())
    slugs = [mailbox.slug for mailbox in queries.fetched_mailboxes()]
    connections.close_all()
    handed = _listen()
    server = listener(settings.PARVIS_MAIL_LISTEN) if settings.PARVIS_MAIL_LISTEN else None
    if server:
        server.start()
    watchers = [threading.Thread(target=watch, args=(slug, stop), name=f"mailbox-{slug}") for slug in slugs]
    for watcher in watchers:
        watcher.start()
    while not (stop.is_set() or parent.is_gone()) and all(watcher.is_alive() for watcher in watchers):
        if handed:
            answer_one(handed, SLICE, _handed, most=LARGEST)
        else:
            stop.wait(SLICE)
    asked = stop.is_set() or parent.is_gone()
    stop.set()
    if server:
        server.stop()
    for watcher in watchers:
        watcher.join()
    return 0 if asked else 1


def receive(content: bytes, size: int) -> tuple[dict[str, object], int]:
    """Stores a message that `parvis receive-mail` reads, and takes it in; what became of it, and the id of its row.

    `content` is the header alone when the whole, `size` bytes, is larger than LARGEST. Raises Invalid when it is empty,
    and what prevents that it is stored.
    """
    incoming, new = store_message(content) if size <= LARGEST else store_oversize(content, size)
    try:
        incoming = take_in_mail(incoming_id=incoming.pk)
    except DatabaseError:
        logger.exception("message %s is stored; its job takes it in", incoming.pk)
    received = getattr(incoming, "received", None)
    entry = received.entry if received else None
    outcome: dict[str, object] = {
        "outcome": incoming.outcome if new else incoming.Outcome.DUPLICATE,
        "case": entry.case.reference if entry else None,
        "contact": received.contact_id if received else None,
        "from": incoming.from_address,
        "subject": incoming.subject,
        "text": incoming.text,
        "attachments": [_told(file.attachment) for file in queries.files_of(incoming)],
        "reason": incoming.reason,
    }
    return outcome, incoming.pk


def _told(file: Attachment) -> dict[str, object]:
    """A photo that waits to be decoded is told as it will be served."""
    kind = "image/jpeg" if file.reading == Attachment.Reading.WAITING else file.content_type
    return {"name": file.name, "type": kind, "size": file.size}


def _listen() -> socket | None:
    try:
        return listen(settings.PARVIS_DATA)
    except OSError as error:
        logger.warning("no message can be handed over by `parvis receive-mail`, which does the work itself: %s", error)
        return None


def _handed(content: bytes, size: int) -> bytes:
    """The line of JSON about a message handed over; b"" when it could not be stored: whoever has it tries itself."""
    close_old_connections()
    try:
        outcome, _incoming_id = receive(content, size)
    except Exception:
        logger.exception("a message handed over could not be stored")
        return b""
    return json.dumps(outcome, ensure_ascii=False).encode() + b"\n"


def watch(slug: str, stop: threading.Event) -> None:
    """Reads one mailbox until told to stop, whatever happens to its server or to the database."""
    wait = FIRST_WAIT
    while not stop.is_set():
        try:
            mailbox = Mailbox.objects.get(slug=slug, active=True)
            with fetching.connected(mailbox) as box:
                while not stop.is_set():
                    visit = fetching.fetch(mailbox, box)
                    wait = FIRST_WAIT
                    if not visit.left:
                        close_old_connections()
                        _wait_for_news(box, stop)
        except Mailbox.DoesNotExist:
            return
        except DatabaseError:
            logger.exception("mailbox %s: the database does not answer", slug)
        except Exception as error:
            _record(slug, error)
        finally:
            close_old_connections()
        stop.wait(wait)
        wait = min(wait * 2, LONGEST_WAIT)


def _record(slug: str, error: Exception) -> None:
    try:
        fetching.record_trouble(Mailbox.objects.get(slug=slug), error)
    except (DatabaseError, Mailbox.DoesNotExist):
        logger.exception("mailbox %s: its trouble could not be recorded", slug)


def _wait_for_news(box: BaseMailBox, stop: threading.Event) -> None:
    """Returns when the server announces a message, when it is time to look, or when told to stop."""
    if "IDLE" not in box.client.capabilities:
        stop.wait(POLL)
        return
    until = time.monotonic() + ANNOUNCED
    with box.idle as idle:
        while not stop.is_set() and time.monotonic() < until:
            if idle.poll(timeout=SLICE):
                return
