"""A short-lived in-process cache of values read from the database."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

FRESH_SECONDS = 1.0

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class _Forgetful(Protocol):
    def forget(self) -> None: ...


_instances: list[_Forgetful] = []


class TtlCache(Generic[T]):
    """A value read again at most every `seconds` (default FRESH_SECONDS), so changes by other processes show within
    that time. Threads share the value: do not mutate it.
    """

    def __init__(self, read: Callable[[], T], seconds: float | None = None) -> None:
        self._read, self._seconds = read, seconds
        self._cached: tuple[float, T] | None = None
        _instances.append(self)

    def __call__(self) -> T:
        cached, now = self._cached, time.monotonic()
        if cached is None or now - cached[0] > (FRESH_SECONDS if self._seconds is None else self._seconds):
            cached = self._cached = (now, self._read())
        return cached[1]

    @property
    def latest(self) -> T | None:
        """The value as it was last read, however long ago; None before. Reads nothing."""
        return self._cached[1] if self._cached else None

    def forget(self) -> None:
        """Makes the next call read the database."""
        self._cached = None


class TtlCacheByKey(Generic[K, T]):
    """A value for each key, read again at most every `seconds`; those that `keeps` refuses are read at each call.

    At most `most` keys are held: beyond, the oldest leaves. Threads share the values: do not mutate them.
    """

    def __init__(self, read: Callable[[K], T], seconds: float, *, most: int, keeps: Callable[[T], bool]) -> None:
        self._read, self._seconds, self._most, self._keeps = read, seconds, most, keeps
        self._cached: dict[K, tuple[float, T]] = {}
        _instances.append(self)

    def __call__(self, key: K) -> T:
        cached, now = self._cached.get(key), time.monotonic()
        if cached and now - cached[0] <= self._seconds:
            return cached[1]
        value = self._read(key)
        kept = {each: held for each, held in self._cached.items() if each != key}
        if self._keeps(value):
            kept[key] = (now, value)
        self._cached = dict(list(kept.items())[-self._most :])
        return value

    def forget(self) -> None:
        """Makes the next call of every key read the database."""
        self._cached = {}


def forget_all() -> None:
    """Clears every cache of this process."""
    for ttl_cache in _instances:
        ttl_cache.forget()
