"""Digests that identify a key, or what was sent under it. Pure."""

from hashlib import sha256


def digest(*parts: str | bytes) -> str:
    """The SHA-256 of several parts, none of which can pass for the end of another."""
    whole = sha256()
    for part in parts:
        content = part.encode("utf-8", "replace") if isinstance(part, str) else part
        whole.update(f"{len(content)}:".encode() + content)
    return whole.hexdigest()
