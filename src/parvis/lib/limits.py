"""Rate limits by client and by network, counted in the cache that all processes share.

An address is never stored: a count's key is a keyed hash of it and of the action, kept no longer than the count.
"""

from ipaddress import IPv4Address, ip_address, ip_network
from math import inf
from threading import Lock
from time import time

from django.conf import settings
from django.core.cache import cache, caches
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

_counting_here = Lock()


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
    """Counts one attempt of `who` at `action`; False when `times` were made in the last `seconds`, whenever they began.

    A refused attempt is not counted, so it does not extend the wait. Each attempt takes one of `times` numbered slots,
    once per stretch of `seconds`, by an atomic insertion, and only when the slot of the stretch before is over: the
    count is exact under any concurrency.
    """
    while True:
        moment = time()
        stretch = int(moment // seconds)
        before, slots = (_slots(action, who, number, times) for number in (stretch - 1, stretch))
        taken = cache.get_many(before + slots)
        free = [
            slot
            for slot, former in zip(slots, before, strict=True)
            if slot not in taken and taken.get(former, -inf) + seconds <= moment
        ]
        if not any(cache.add(slot, moment, seconds + 1) for slot in free):  # the cache cuts a moment to its second
            return False
        if int(time() // seconds) == stretch:
            return True
        # Another process may have found this slot still free from the next stretch: count again from there.


def within_here(action: str, who: str, *, times: int, seconds: int) -> bool:
    """The same, counted in this process's memory without any query, for requests sent at every keystroke.

    The real limit is multiplied by the number of processes: use it only against bulk reading.
    """
    key, local = _key(action, who), caches["local"]
    with _counting_here:
        moment = time()
        recent = [made for made in local.get(key, ()) if made + seconds > moment]
        if len(recent) >= times:
            return False
        local.set(key, [*recent, moment], seconds)
        return True


def _slots(action: str, who: str, stretch: int, times: int) -> list[str]:
    key = _key(action, f"{who}:{stretch}")
    return [f"{key}:{number}" for number in range(times)]


def _key(action: str, who: str) -> str:
    return "limit:" + salted_hmac("parvis.limits", f"{action}:{who}", algorithm="sha256").hexdigest()
