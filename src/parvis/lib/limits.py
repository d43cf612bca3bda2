"""Rate limits by client, counted in the cache that all processes share."""

import hashlib
from time import time

from django.conf import settings
from django.core.cache import cache, caches
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The client's IP address; the one reported by the proxy when PARVIS_PROXY says to trust it."""
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")) if settings.PARVIS_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def within(action: str, who: str, *, times: int, seconds: int) -> bool:
    """Counts one attempt of `who` at `action`; False once `times` were made in the current window of `seconds`.

    Windows are fixed (they begin at multiples of `seconds`), so a refused attempt does not extend the wait. Each
    attempt takes one of `times` numbered slots atomically: the count is exact under any concurrency.
    """
    key = _key(action, who, seconds)
    slots = [f"{key}:{number}" for number in range(times)]
    taken = cache.get_many(slots)
    return any(cache.add(slot, 1, seconds) for slot in slots if slot not in taken)


def within_here(action: str, who: str, *, times: int, seconds: int) -> bool:
    """The same, counted in this process's memory without any query, for requests sent at every keystroke.

    The real limit is multiplied by the number of processes: use it only against bulk reading.
    """
    key = _key(action, who, seconds)
    local = caches["local"]
    local.add(key, 0, seconds)
    try:
        return local.incr(key) <= times
    except ValueError:  # evicted meanwhile
        return True


def _key(action: str, who: str, seconds: int) -> str:
    window = int(time()) // seconds
    return "limit:" + hashlib.sha256(f"{action}:{who}:{window}".encode()).hexdigest()
