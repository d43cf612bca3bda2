"""Who sends a request, for the limits; and limits counted in the memory of one process, without a query.

The other limits are counted in `apps.throttling`.
"""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Lock
from time import time
from typing import TypeVar

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

V = TypeVar("V", bound=Callable[..., HttpResponse])
_counting_here = Lock()


def stores_nothing(view: V) -> V:
    """Marks a view that stores nothing of what is posted to it: it is not counted with the forms that do. One that
    costs something counts its calls in memory.
    """
    view.stores_nothing = True  # type: ignore[attr-defined]
    return view


def client_address(request: HttpRequest) -> str:
    """Who sends the request: the IPv4 address, or the /64 network of the IPv6 address, all of which one subscriber has;
    "" when unknown. The address is the one reported by the proxy when PARVIS_PROXY says to trust it.
    """
    return _client(request, 32, 64)


def client_network(request: HttpRequest) -> str:
    """Where the client is: the /24 of an IPv4 address, the /48 of an IPv6 one, as a provider, a school or a whole
    office has.
    """
    return _client(request, 24, 48)


def _client(request: HttpRequest, bits: int, bits_of_ipv6: int) -> str:
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")) if settings.PARVIS_PROXY else ""
    address = forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    ip = getattr(ip, "ipv4_mapped", None) or ip
    network = ip_network(f"{ip}/{bits if ip.version == 4 else bits_of_ipv6}", strict=False)  # noqa: PLR2004
    return str(network).removesuffix("/32")


def within_here(action: str, who: str, *, times: int, seconds: int) -> bool:
    """As `throttling.services.within`, in the memory of this process, without a query, for what is sent at every key.

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


def _key(action: str, who: str) -> str:
    return "limit:" + salted_hmac("parvis.limits", f"{action}:{who}", algorithm="sha256").hexdigest()
