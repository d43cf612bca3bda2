"""The mail process: waits for new messages in each mailbox (IMAP), and receives those delivered to it (LMTP, SMTP)."""

import logging
import signal
import threading
import time

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from imap_tools import BaseMailBox

from parvis.apps.mail import queries
from parvis.apps.mail.models import Mailbox
from parvis.apps.mail.services import fetching
from parvis.apps.mail.web.listening import listener
from parvis.runtime import parent

POLL = 60  # seconds between two visits where the server does not announce new messages (RFC 2177)
ANNOUNCED = 600  # seconds between two visits where it does; it may drop a silent client after 30 minutes
SLICE = 1.0  # seconds between two checks of whether to stop
FIRST_WAIT, LONGEST_WAIT = 5, 300  # seconds before a mailbox that could not be read is tried again

logger = logging.getLogger(__name__)


def needed() -> bool:
    """Whether there is anything for this process to do: a mailbox on a server, or an address to listen on."""
    try:
        return bool(settings.PARVIS_MAIL_LISTEN or queries.fetched_mailboxes())
    except DatabaseError:
        return bool(settings.PARVIS_MAIL_LISTEN)


def run() -> int:
    """Receives mail until SIGTERM or SIGINT, or until the supervisor is gone.

    Returns 1 when a thread ends by itself, or when there is nothing to do.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signum, _frame: stop.set())
    slugs = [mailbox.slug for mailbox in queries.fetched_mailboxes()]
    connections.close_all()
    server = listener(settings.PARVIS_MAIL_LISTEN) if settings.PARVIS_MAIL_LISTEN else None
    if not slugs and server is None:
        logger.error("no mailbox has a server, and PARVIS_MAIL_LISTEN is empty: there is no mail to receive")
        return 1
    if server:
        server.start()
    watchers = [threading.Thread(target=watch, args=(slug, stop), name=f"mailbox-{slug}") for slug in slugs]
    for watcher in watchers:
        watcher.start()
    while not (stop.wait(SLICE) or parent.is_gone()) and all(watcher.is_alive() for watcher in watchers):
        pass
    asked = stop.is_set() or parent.is_gone()
    stop.set()
    if server:
        server.stop()
    for watcher in watchers:
        watcher.join()
    return 0 if asked else 1


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
