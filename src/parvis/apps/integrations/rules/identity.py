"""The identity of a write: what was sent, and the key by which it is done once. Pure."""

from parvis.apps.idempotency.rules import digest


def fingerprint(method: str, path: str, body: bytes) -> str:
    """The identity of a request: the same for the same content sent to the same address."""
    return digest(method, path, body)


def submission_key(prefix: str, key: str) -> str:
    """The key of what a write makes (a case, a contact), from that of its program and its Idempotency-Key."""
    return "api-" + digest(prefix, key)[:56]
