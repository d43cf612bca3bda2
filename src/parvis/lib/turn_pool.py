"""Threads that begin a request only when one can be computed (ADR 0017)."""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from parvis.lib.turns import PATIENCE_SECONDS, Turn


class TurnPool(Executor):
    """Begins as many tasks at a time as `turn` has places, in the order in which they came, and one more for each that
    has not computed for PATIENCE_SECONDS: it waits for the network, or for whoever writes in the database.

    A thread that only waited for its turn would be no use, and would take the interpreter from the one that computes:
    to read its request, then every few milliseconds to see whether a turn is free.
    """

    def __init__(self, threads: int, turn: Turn) -> None:
        self._turn, self._free = turn, turn.places
        self._waiting: deque[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = deque()
        self._begun: dict[int, float] = {}  # by thread that has a place, since when
        self._change = threading.Condition()
        self._over = False
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> "Future[Any]":  # type: ignore[override]
        """What comes of fn(*args), once a place is free."""
        future: Future[Any] = Future()
        with self._change:
            self._waiting.append((future, fn, args))
            if self._free:
                self._change.notify()
        return future

    @property
    def in_line(self) -> int:
        """How many tasks are not begun."""
        return len(self._waiting)

    def make_room(self) -> None:
        """Frees the places of those that wait for something; to be called again while tasks are in line."""
        if not self._waiting or self._free:
            return
        long_ago = time.monotonic() - PATIENCE_SECONDS
        with self._change:
            for thread, since in list(self._begun.items()):
                if since <= long_ago and not self._turn.computes(thread):
                    self._leave(thread)
                    self._change.notify()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Returns once all that was submitted is done and the threads have ended, whatever `wait` says: gunicorn, which
        does not wait, ends the process after this, and would cut off whoever is being answered.
        """
        with self._change:
            self._over = True
            self._change.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while task := self._next(threading.get_ident()):
            future, fn, args = task
            try:
                future.set_result(fn(*args))
            except BaseException as error:  # noqa: BLE001 (for whoever asks for the result)
                future.set_exception(error)
            del task, future, fn, args  # what was answered is not kept until the next one

    def _next(self, thread: int) -> "tuple[Future[Any], Callable[..., Any], tuple[Any, ...]] | None":
        with self._change:
            self._leave(thread)
            while not (self._waiting and self._free):
                if self._over and not self._waiting:
                    self._change.notify_all()
                    return None
                self._change.wait()
            self._free -= 1
            self._begun[thread] = time.monotonic()
            return self._waiting.popleft()

    def _leave(self, thread: int) -> None:
        if self._begun.pop(thread, None) is not None:
            self._free += 1
