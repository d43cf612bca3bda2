"""What a process keeps of the database for a moment, so that a busy second costs one reading and not hundreds."""

import time
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

FRESH_SECONDS = 1.0

T = TypeVar("T")
_every: "list[Remembered[object]]" = []


class _Kept(NamedTuple, Generic[T]):
    at: float
    seen: Any
    value: T


class Remembered(Generic[T]):
    """A value of this process, read again at most every `seconds` (FRESH_SECONDS): what another process changes is seen
    within that.

    `look` gives quickly what cannot stay the same when the value changes, such as the rows that it is made of: while it
    does stay the same, the value is not read again, and is the same object. The value is shared by the threads: nobody
    writes to it.
    """

    def __init__(
        self, read: Callable[[], T], seconds: float | None = None, *, look: Callable[[], Any] | None = None
    ) -> None:
        self._read, self._seconds, self._look = read, seconds, look
        self._kept: _Kept[T] | None = None
        _every.append(self)  # type: ignore[arg-type]

    def __call__(self) -> T:
        kept, instant = self._kept, time.monotonic()
        if kept is None:
            kept = self._kept = _Kept(instant, None, self._read())
        elif instant - kept.at > (FRESH_SECONDS if self._seconds is None else self._seconds):
            seen = self._look() if self._look else None  # first: what changes after it is seen the next time
            same = seen is not None and seen == kept.seen
            kept = self._kept = _Kept(instant, seen, kept.value if same else self._read())
        return kept.value

    def forget(self) -> None:
        """The next call reads the database."""
        self._kept = None


def forget_all() -> None:
    """Every remembered value of this process is read again at its next use."""
    for one in _every:
        one.forget()
