"""SQLite for many writers: a fair file lock is taken before BEGIN IMMEDIATE and released when the transaction ends.

A statement that writes outside any transaction takes its turn in the same way: otherwise the worker, whose queue writes
like that, would find the database locked for as long as the others follow one another.

SQLite's own busy handler sleeps and tries again, and luck decides who comes next: with eight writers and a worker the
unlucky one waits for seconds. The kernel serves the waiters of `flock` in turn, so that the worst wait stays close to
the mean.

The disk is waited for after the turn is given back. SQLite would wait for it before its commit ends, with the lock held
(`synchronous=FULL`); here it ends at once (NORMAL), and whoever wrote goes on only when the log is on the disk. What a
caller was told survives a power cut all the same, and the disk works for one while the next one writes. See ADR 0002.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLAC")
_to_disk = getattr(os, "fdatasync", os.fsync)  # macOS has the second only


class Cursor(base.SQLiteCursorWrapper):
    """Django's cursor, which writes the same statement in the words of SQLite once, and may hold what one returned."""

    _held: Iterator[Any] | None = None

    def execute(self, query: str, params: Any = None) -> Any:
        """As Django."""
        self._held = None
        return super().execute(query, params)

    def hold(self) -> None:
        """Ends a statement that returns what it wrote: SQLite neither ends nor commits it before its rows are read."""
        if self.description:
            self._held = iter(super().fetchall())

    def fetchone(self) -> Any:
        """The next row, None at the end."""
        return super().fetchone() if self._held is None else next(self._held, None)

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        """The next rows."""
        return super().fetchmany(size) if self._held is None else list(islice(self._held, size))

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        return super().fetchall() if self._held is None else list(self._held)

    def __iter__(self) -> Any:
        """The rows that are left, one by one."""
        return super().__iter__() if self._held is None else self._held

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
    _log: int | None = None  # what SQLite writes ahead of the database file
    _on_disk = 0  # how many of the rows that this connection changed are there

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
            super()._commit()  # type: ignore[misc]
        finally:
            self._leave_queue()
        self._wait_for_disk()

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
            if self._log is not None:
                os.close(self._log)
                self._log = None
            self._on_disk = 0

    def _in_turn(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        alone = self.get_autocommit() and not self._queued and sql.lstrip()[:6].upper() in WRITES
        if not alone:
            return execute(sql, params, many, context)
        self._enter_queue()
        try:
            found = execute(sql, params, many, context)
            context["cursor"].cursor.hold()
        finally:
            self._leave_queue()
        self._wait_for_disk()
        return found

    def _enter_queue(self) -> None:
        if self._queue is not None and not self._queued:
            fcntl.flock(self._queue, fcntl.LOCK_EX)
            self._queued = True

    def _leave_queue(self) -> None:
        if self._queue is not None and self._queued:
            self._queued = False
            fcntl.flock(self._queue, fcntl.LOCK_UN)

    def _wait_for_disk(self) -> None:
        """Returns once all that this connection committed is on the disk; OperationalError when it cannot be.

        A change of a table itself, which changes no row, gets there with the next row that anybody writes.
        """
        changed = self.connection.total_changes
        if self._queue is None or changed == self._on_disk:
            return
        try:
            if self._log is None:
                self._log = os.open(f"{self.settings_dict['NAME']}-wal", os.O_RDONLY | os.O_CLOEXEC)
            _to_disk(self._log)
        except OSError as error:
            raise OperationalError(f"what was written may not be on the disk: {error}") from error
        self._on_disk = changed
