"""Transactions that do not wait for the disk, for what a power cut may forget: counters."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_NORMAL, _FULL = 1, 2  # PRAGMA synchronous: NORMAL does not flush the journal (WAL) at each commit; FULL does


@contextmanager
def async_commit() -> Iterator[None]:
    """A transaction whose commit does not wait for the disk; within another transaction, a part of it.

    A crash of the process loses nothing; one of the machine may undo the last of them, and leaves the database whole.
    """
    if connection.in_atomic_block:
        with transaction.atomic(savepoint=False):
            yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit TO OFF")
            yield
    else:
        with _without_flush(), transaction.atomic():
            yield


@contextmanager
def _without_flush() -> Iterator[None]:
    """SQLite: FULL becomes NORMAL in this connection meanwhile; a level that is lower already stays."""
    with connection.cursor() as cursor:
        [level] = cursor.execute("PRAGMA synchronous").fetchone()
        if level < _FULL:
            yield
            return
        cursor.execute(f"PRAGMA synchronous = {_NORMAL}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA synchronous = {level}")
