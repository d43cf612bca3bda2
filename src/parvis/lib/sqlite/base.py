"""SQLite for many writers: a fair file lock is taken before BEGIN IMMEDIATE and released when the transaction ends.

A statement that writes outside any transaction takes its turn in the same way: otherwise the worker, whose queue writes
like that, would find the database locked for as long as the others follow one another.

SQLite's own busy handler sleeps and tries again, and luck decides who comes next: with eight writers and a worker the
unlucky one waits for seconds. The kernel serves the waiters of `flock` in turn, so that the worst wait stays close to
the mean.
"""

import fcntl
import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base

from parvis.lib.turns import turn

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLAC")


class Cursor(base.SQLiteCursorWrapper):
    """Django's cursor, which writes the same statement in the words of SQLite once."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> Any:
        """As Django; the statements of a busy minute are few, and each comes by the thousand."""
        return _plain(query) if param_names is None else super().convert_query(query, param_names=param_names)


@lru_cache(1024)
def _plain(query: str) -> str:
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite backend, whose transactions queue for the write lock in the order they came."""

    _queue: int | None = None
    _queued = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._in_turn)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Opens the database, and beside it the file whose lock orders the writers (none for a database in memory)."""
        connection = super().get_new_connection(conn_params)
        name = str(conn_params["database"])
        if self._queue is None and not self.is_in_memory_db() and not name.startswith("file:"):
            self._queue = os.open(f"{name}-queue", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor of ours."""
        return self.connection.cursor(factory=Cursor)

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

    def once(self) -> Any:
        """A cursor for statements that are written once: any is, which SQLite keeps prepared by their words."""
        return self.cursor()

    def _in_turn(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        alone = self.get_autocommit() and not self._queued and sql.lstrip()[:6].upper() in WRITES
        if not alone:
            return execute(sql, params, many, context)
        self._enter_queue()
        try:
            return execute(sql, params, many, context)
        finally:
            self._leave_queue()

    def _enter_queue(self) -> None:
        if self._queue is not None and not self._queued:
            try:
                fcntl.flock(self._queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                with turn.lent():
                    fcntl.flock(self._queue, fcntl.LOCK_EX)
            self._queued = True

    def _leave_queue(self) -> None:
        if self._queue is not None and self._queued:
            self._queued = False
            fcntl.flock(self._queue, fcntl.LOCK_UN)
