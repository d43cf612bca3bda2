"""Watches that nothing waits for the network inside a transaction: nothing but the database and the file store.

Python tells its auditors each name that is resolved and each connection that is opened, whichever library does it
(`sys.addaudithook`). Those made while a transaction of ours is open are kept, with where they were made: by the thread
of the transaction, or by a thread that it started. PostgreSQL is reached by a library in C, and SQLite is a file:
neither is seen here.
"""

import os
import sys
import threading
import traceback
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

NAMES = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
CALLS = {"socket.connect", "socket.sendto"}
NETWORK = NAMES | CALLS
THREADS = {"_thread.start_new_thread", "_thread.start_joinable_thread"}
SHOWN = 12  # frames
MARK = "WAITS FOR THE NETWORK"
STARTED = os.pathsep.join(map(str, (Path(__file__).parent / "started", Path(__file__).parent.parent)))
"""The PYTHONPATH of a process that is watched too."""


class Watch:
    """What was waited for in a transaction, since `begin`. One for the process: an auditor is never taken away."""

    def __init__(self) -> None:
        self.on = False
        self.found: list[str] = []
        self._around: dict[BaseDatabaseWrapper, int] = {}  # the transactions that the test itself is wrapped in
        self._started_by: weakref.WeakKeyDictionary[threading.Thread, BaseDatabaseWrapper] = weakref.WeakKeyDictionary()
        sys.addaudithook(self._hear)

    def begin(self) -> None:
        """Forgets what was found; the transactions open now are the test's."""
        here = _here()
        self.found, self._around, self.on = [], {here: len(here.atomic_blocks)}, True

    def end(self) -> list[str]:
        """Stops; what was waited for in a transaction, and where."""
        self.on = False
        return self.found

    def tell(self, words: str) -> None:
        """Keeps what was found."""
        self.found.append(words)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on or not settings.configured:
            return
        if event in NETWORK:
            if self._in_transaction() and not _is_file_store(event, arguments):
                where = "".join(traceback.format_stack(limit=SHOWN))
                what = arguments[-1] if event in CALLS else arguments[0]
                self.tell(f"{event} {what!r} in a transaction:\n{where}")
        elif event in THREADS and self._is_open(_here()):
            thread = getattr(arguments[0], "__self__", None)
            if isinstance(thread, threading.Thread):
                self._started_by[thread] = _here()

    def _in_transaction(self) -> bool:
        starter = self._started_by.get(threading.current_thread())
        return self._is_open(_here()) or (starter is not None and self._is_open(starter))

    def _is_open(self, database: BaseDatabaseWrapper) -> bool:
        return len(database.atomic_blocks) > self._around.get(database, 0)


def _here() -> BaseDatabaseWrapper:
    return connections[DEFAULT_DB_ALIAS]


def _is_file_store(event: str, arguments: tuple[Any, ...]) -> bool:
    """Whether this calls the bucket of received files: its name, or the address of a stand-in."""
    options = settings.STORAGES.get("received", {}).get("OPTIONS", {})
    bucket = urlsplit(str(options.get("endpoint_url") or ""))
    if not bucket.hostname:
        return False
    if event == "socket.getaddrinfo":
        return bool(arguments[0] == bucket.hostname)
    return bool(arguments[-1][:2] == (bucket.hostname, bucket.port))


class Told(Watch):
    """The same in a process that a test starts (`tests/started`): it is told in its log, where `in_logs` finds it."""

    def tell(self, words: str) -> None:
        """Writes what was found to the log."""
        print(f"{MARK}: {words}", file=sys.stderr, flush=True)


def in_logs(logs: Iterable[Path]) -> list[str]:
    """The lines of these logs that say that a process waited for the network in a transaction."""
    return [line for log in logs for line in log.read_text(errors="replace").splitlines() if line.startswith(MARK)]
