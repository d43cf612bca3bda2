"""How often the same address may try something: counted in the cache that all processes share."""

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address the request comes from; the one that the proxy saw when PARVIS_PROXY says it may be trusted."""
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")) if settings.PARVIS_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def within(action: str, who: str, *, times: int, seconds: int) -> bool:
    """Counts one try of `who` at `action`; False once there were more than `times` in the window of `seconds`."""
    key = "limit:" + hashlib.sha256(f"{action}:{who}".encode()).hexdigest()
    if cache.add(key, 1, seconds):
        return True
    try:
        return cache.incr(key) <= times
    except ValueError:  # the window ended between the two
        return True
