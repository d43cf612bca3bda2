"""Rate limits by client and by network, counted in the cache that all processes share.

An address is never stored: a count's key is a keyed hash of it, of the action and of the window, useless once over.
"""

from ipaddress import IPv4Address, ip_address, ip_network
from time import time

from django.conf import settings
from django.core.cache import cache, caches
from django.http import HttpRequest
from django.utils.crypto import salted_hmac


def client_address(request: HttpRequest) -> str:
    """The client's IP address; the one reported by the proxy when PARVIS_PROXY says to trust it."""
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")) if settings.PARVIS_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def client_network(request: HttpRequest) -> str:
    """The network of the client: the /24 of an IPv4 address, the /48 of an IPv6 one, as one subscriber or one school
    has; the address itself when it is neither.
    """
    address = client_address(request)
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    return str(ip_network(f"{ip}/{24 if isinstance(ip, IPv4Address) else 48}", strict=False))


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
    return "limit:" + salted_hmac("parvis.limits", f"{action}:{who}:{window}", algorithm="sha256").hexdigest()
