"""SQLite for many writers: a fair file lock is taken before BEGIN IMMEDIATE and released when the transaction ends.

SQLite's own busy handler sleeps and tries again, and luck decides who comes next: with eight writers and a worker the
unlucky one waits for seconds. The kernel serves the waiters of `flock` in turn, so that the worst wait stays close to
the mean.
"""

import fcntl
import os
from typing import Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite backend, whose transactions queue for the write lock in the order they came."""

    _queue: int | None = None
    _queued = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Opens the database, and beside it the file whose lock orders the writers (none for a database in memory)."""
        connection = super().get_new_connection(conn_params)
        name = str(conn_params["database"])
        if self._queue is None and not self.is_in_memory_db() and not name.startswith("file:"):
            self._queue = os.open(f"{name}-queue", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return connection

    def _start_transaction_under_autocommit(self) -> None:
        self._enter_queue()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave_queue()
            raise

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]
        finally:
            self._leave_queue()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_queue()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            self._leave_queue()
            if self._queue is not None:
                os.close(self._queue)
                self._queue = None

    def _enter_queue(self) -> None:
        if self._queue is not None and not self._queued:
            fcntl.flock(self._queue, fcntl.LOCK_EX)
            self._queued = True

    def _leave_queue(self) -> None:
        if self._queue is not None and self._queued:
            self._queued = False
            fcntl.flock(self._queue, fcntl.LOCK_UN)
