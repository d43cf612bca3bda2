"""The sending of letters, in a process beside the jobs: a letter waits for no job, and no job for a mail server."""

import logging
import signal
import threading
import time

from django.db import DatabaseError, close_old_connections, connections

from parvis.apps.mail.tasks import send_letters
from parvis.lib.logs import request_id
from parvis.runtime import parent

POLL_SECONDS = 0.3  # between two looks at what waits
TROUBLE_SECONDS = 5.0  # before another look, when the database does not answer

logger = logging.getLogger(__name__)


def run() -> None:
    """Sends the letters that wait until SIGTERM or SIGINT, or until the worker is gone, then finishes those in hand.

    After each batch it rests as long as the batch took: where people keep the machine busy, batches take longer, and so
    do the rests.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signum, _frame: stop.set())
    request_id.set("letters")
    rest = POLL_SECONDS
    while not (stop.wait(rest) or parent.is_gone()):
        rest = _send()
    connections.close_all()


def _send() -> float:
    """Sends a batch; returns the seconds to rest."""
    close_old_connections()
    began = time.monotonic()
    try:
        sent = send_letters()
    except DatabaseError:
        logger.exception("the database does not answer: letters wait")
        return TROUBLE_SECONDS
    return time.monotonic() - began if sent else POLL_SECONDS
