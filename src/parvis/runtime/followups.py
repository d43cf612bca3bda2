"""What follows an opening, in a process beside the jobs: the search index and the letters, in batches (ADR 0060)."""

import logging
import signal
import threading
import time
from collections.abc import Callable

from django.db import close_old_connections, connections

from parvis.apps.cases.services.indexing import index_new_cases
from parvis.apps.mail.tasks import send_letters
from parvis.lib.logs import request_id
from parvis.runtime import parent

BATCHES: tuple[Callable[[], int], ...] = (index_new_cases, send_letters)  # each returns how many it took
POLL_SECONDS = 0.3  # between two looks at what waits
TROUBLE_SECONDS = 5.0  # before another look, when one failed

logger = logging.getLogger(__name__)


def run() -> None:
    """Takes the batches until SIGTERM or SIGINT, or until the worker is gone, then finishes the one in hand.

    After each round it rests as long as the round took: where people keep the machine busy, rounds take longer, and so
    do the rests.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signum, _frame: stop.set())
    request_id.set("followups")
    rest = POLL_SECONDS
    while not (stop.wait(rest) or parent.is_gone()):
        close_old_connections()
        began = time.monotonic()
        taken = [_taken(batch) for batch in BATCHES]
        rest = time.monotonic() - began if any(taken) else POLL_SECONDS
        rest = TROUBLE_SECONDS if None in taken else rest
    connections.close_all()


def _taken(batch: Callable[[], int]) -> int | None:
    """How many a batch took; None when it failed, which keeps the others waiting but does not stop them."""
    try:
        return batch()
    except Exception:
        logger.exception("a batch failed")
        return None
