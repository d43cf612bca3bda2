"""The signature of a webhook (X-Hub-Signature-256)."""

import hmac

PREFIX = "sha256="


def signature(secret: str, body: bytes) -> str:
    """The header that Meta sends with these bytes: HMAC-SHA256 by the secret of the app, in hexadecimal."""
    return PREFIX + hmac.digest(secret.encode(), body, "sha256").hex()


def is_signed(given: str, secret: str, body: bytes) -> bool:
    """Whether the signature is that of the bytes as they were received; takes the same time whatever the difference.

    The bytes, not the JSON they mean: Meta signs its own spelling, where every accent is escaped.
    """
    return bool(secret) and hmac.compare_digest(given.encode(), signature(secret, body).encode())
