"""Which addresses of push services are believed: a device gives one, and the server then calls it."""

from base64 import urlsafe_b64decode
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

LONGEST = 2_000
PUBLIC_KEY_BYTES, AUTH_BYTES = 65, 16  # an uncompressed point of P-256; RFC 8291, 3.2
UNCOMPRESSED = 4
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def origin(endpoint: str) -> str:
    """The origin of an endpoint, the audience of its token: "https://host" or "https://host:port" (RFC 8292, 2)."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


def believed(endpoint: str, services: Sequence[str], *, loopback: bool = False) -> bool:
    """Whether the server may call this endpoint: https, the usual port, and the host of a known push service.

    `services` are host names; "*.example.net" covers the names under it. `loopback`: a service of this machine is
    believed too, for the tests and the demonstration.
    """
    try:
        parts = urlsplit(endpoint)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    if not host or len(endpoint) > LONGEST or not endpoint.isascii() or any(c.isspace() for c in endpoint):
        return False
    if parts.username or parts.password or "\\" in endpoint:
        return False
    if host in LOOPBACK:
        return loopback and parts.scheme in ("http", "https")
    if parts.scheme != "https" or port not in (None, 443) or _is_address(host):
        return False
    return any(_named(host, service) for service in services)


def _named(host: str, service: str) -> bool:
    return host.endswith(service[1:]) if service.startswith("*.") else host == service


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def usable_keys(p256dh: str, auth: str) -> bool:
    """Whether these are the keys of a subscription: a point of P-256 and 16 bytes, in base64url."""
    try:
        point, secret = (urlsafe_b64decode(text + "=" * (-len(text) % 4)) for text in (p256dh, auth))
    except ValueError:
        return False
    return len(point) == PUBLIC_KEY_BYTES and point[0] == UNCOMPRESSED and len(secret) == AUTH_BYTES
