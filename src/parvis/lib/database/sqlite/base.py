"""SQLite backend for many writers: takes a fair file lock before BEGIN IMMEDIATE, until the transaction ends.

A write outside any transaction takes the lock too. SQLite's own busy handler sleeps and retries, so the next writer is
random: with eight writers and a worker, an unlucky one waits for seconds. The kernel grants `flock` in order, so that
the worst wait stays close to the mean. See ADR 0002.
"""

import fcntl
import os
from collections.abc import Callable
from typing import Any

from django.db.backends.sqlite3 import base

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLAC")


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite backend, with first-come, first-served writers."""

    _queue: int | None = None
    _queued = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._in_turn)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Opens the database, and the lock file beside it (none for an in-memory database)."""
        connection = super().get_new_connection(conn_params)
        name = str(conn_params["database"])
        if self._queue is None and not self.is_in_memory_db() and not name.startswith("file:"):
            self._queue = os.open(f"{name}-queue", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return connection

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        """As Django; takes the lock before a transaction begins."""
        self.ensure_connection()
        if not autocommit:
            self._enter_queue()
        try:
            super().set_autocommit(autocommit, *args, **kwargs)
        finally:
            if self.autocommit:
                self._leave_queue()

    def commit(self) -> None:
        """As Django; then releases the lock."""
        try:
            super().commit()
        finally:
            self._leave_queue()

    def rollback(self) -> None:
        """As Django; then releases the lock."""
        try:
            super().rollback()
        finally:
            self._leave_queue()

    def close(self) -> None:
        """As Django; then releases the lock."""
        super().close()
        self._leave_queue()
        if self._queue is not None:
            os.close(self._queue)
            self._queue = None

    def _in_turn(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if self._queued or not self.get_autocommit() or sql.lstrip()[:6].upper() not in WRITES:
            return execute(sql, params, many, context)
        self._enter_queue()
        try:
            return execute(sql, params, many, context)
        finally:
            self._leave_queue()

    def _enter_queue(self) -> None:
        if self._queue is not None and not self._queued:
            fcntl.flock(self._queue, fcntl.LOCK_EX)
            self._queued = True

    def _leave_queue(self) -> None:
        if self._queue is not None and self._queued:
            self._queued = False
            fcntl.flock(self._queue, fcntl.LOCK_UN)
