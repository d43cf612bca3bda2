"""A short-lived in-process cache of values read from the database."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

FRESH_SECONDS = 1.0

T = TypeVar("T")
_instances: "list[TtlCache[object]]" = []


class TtlCache(Generic[T]):
    """A value read again at most every `seconds` (default FRESH_SECONDS), so changes by other processes show within
    that time. Threads share the value: do not mutate it.
    """

    def __init__(self, read: Callable[[], T], seconds: float | None = None) -> None:
        self._read, self._seconds = read, seconds
        self._cached: tuple[float, T] | None = None
        _instances.append(self)  # type: ignore[arg-type]

    def __call__(self) -> T:
        cached, now = self._cached, time.monotonic()
        if cached is None or now - cached[0] > (FRESH_SECONDS if self._seconds is None else self._seconds):
            cached = self._cached = (now, self._read())
        return cached[1]

    def forget(self) -> None:
        """Makes the next call read the database."""
        self._cached = None


def forget_all() -> None:
    """Clears every cache of this process."""
    for ttl_cache in _instances:
        ttl_cache.forget()
