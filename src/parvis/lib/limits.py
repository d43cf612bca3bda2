"""How often the same address may try something: counted in the cache that all processes share."""

import hashlib
from time import time

from django.conf import settings
from django.core.cache import cache, caches
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address the request comes from; the one that the proxy saw when PARVIS_PROXY says it may be trusted."""
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")) if settings.PARVIS_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def within(action: str, who: str, *, times: int, seconds: int) -> bool:
    """Counts one try of `who` at `action`; False once there were `times` of them in the present window of `seconds`.

    The windows are fixed (they begin at multiples of `seconds`): a refused try prolongs nothing. Each try takes one of
    `times` numbered places, which only one process can take: the count holds under any number of simultaneous tries.
    """
    window = int(time()) // seconds
    key = "limit:" + hashlib.sha256(f"{action}:{who}:{window}".encode()).hexdigest()
    places = [f"{key}:{number}" for number in range(times)]
    taken = cache.get_many(places)
    return any(cache.add(place, 1, seconds) for place in places if place not in taken)


def within_here(action: str, who: str, *, times: int, seconds: int) -> bool:
    """The same for what is asked at every key typed, counted in the memory of this process alone: no query.

    With several processes, as many times more pass: for readings that are merely not to be taken by the thousand.
    """
    window = int(time()) // seconds
    key = "limit:" + hashlib.sha256(f"{action}:{who}:{window}".encode()).hexdigest()
    here = caches["local"]
    here.add(key, 0, seconds)
    try:
        return here.incr(key) <= times
    except ValueError:  # it was dropped meanwhile
        return True
