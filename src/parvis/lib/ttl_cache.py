"""What a process keeps of the database for a moment, so that a busy second costs one reading and not hundreds."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

FRESH_SECONDS = 1.0

T = TypeVar("T")
_every: "list[TtlCache[object]]" = []


class TtlCache(Generic[T]):
    """A value of this process, read again at most every `seconds` (FRESH_SECONDS): what another process changes is seen
    within that. The value is shared by the threads: nobody writes to it.
    """

    def __init__(self, read: Callable[[], T], seconds: float | None = None) -> None:
        self._read, self._seconds = read, seconds
        self._kept: tuple[float, T] | None = None
        _every.append(self)  # type: ignore[arg-type]

    def __call__(self) -> T:
        kept, instant = self._kept, time.monotonic()
        if kept is None or instant - kept[0] > (FRESH_SECONDS if self._seconds is None else self._seconds):
            kept = self._kept = (instant, self._read())
        return kept[1]

    def forget(self) -> None:
        """The next call reads the database."""
        self._kept = None


def forget_all() -> None:
    """Every remembered value of this process is read again at its next use."""
    for ttl_cache in _every:
        ttl_cache.forget()
