"""The headers by which a program says who it is, and what it sends once."""

from django.http import HttpRequest

LONGEST_IDEMPOTENCY_KEY = 200


def bearer(request: HttpRequest) -> str:
    """The secret of an Authorization: Bearer header; "" without one."""
    scheme, _blank, sent = request.headers.get("Authorization", "").partition(" ")
    return sent.strip() if scheme.lower() == "bearer" else ""


def idempotency_key(request: HttpRequest) -> str | None:
    """The Idempotency-Key, "" without one; None when it is not LONGEST_IDEMPOTENCY_KEY printable characters at most."""
    key = request.headers.get("Idempotency-Key", "").strip()
    usable = len(key) <= LONGEST_IDEMPOTENCY_KEY and key.isprintable() and key.isascii()
    return key if usable else None
