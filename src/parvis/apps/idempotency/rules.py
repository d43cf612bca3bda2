"""The identity of a write: what was sent, and the key by which it is done once. Pure."""

from hashlib import sha256


def digest(*parts: str | bytes) -> str:
    """The SHA-256 of several parts, none of which can pass for the end of another."""
    whole = sha256()
    for part in parts:
        content = part.encode("utf-8", "replace") if isinstance(part, str) else part
        whole.update(f"{len(content)}:".encode() + content)
    return whole.hexdigest()


def fingerprint(method: str, path: str, body: bytes) -> str:
    """The identity of a request: the same for the same content sent to the same address."""
    return digest(method, path, body)


def submission_key(prefix: str, key: str) -> str:
    """The key of what a write makes (a case, a contact), from that of its program and its Idempotency-Key."""
    return "api-" + digest(prefix, key)[:56]
