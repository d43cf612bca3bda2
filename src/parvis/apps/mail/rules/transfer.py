"""The bytes of a part as they were before they were encoded for the transfer, whatever the faults of the encoding."""

import binascii
import quopri
import re

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
_SAMPLE = 4000  # bytes looked at to tell encoded text from plain text
_UNUSUAL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_BEGIN = re.compile(rb"begin [0-7]{3,4} ([^\r\n]{1,200})")


def decoded(data: bytes, encoding: str, *, words: bool) -> bytes:
    """The content of a part in this Content-Transfer-Encoding; `words` tells that it should be text.

    Text that is said to be in base64 and is not comes back as it is.
    """
    kind = encoding.partition(";")[0].strip().lower()
    if kind == "quoted-printable":
        return quopri.decodestring(data)
    if kind == "base64":
        content = _base64(data)
        return data if words and _plain(data) and not _readable(content) else content
    if kind in ("x-uuencode", "uuencode", "x-uue", "uue"):
        rest, files = uuencoded(data)
        return files[0][1] if files else rest
    return data


def uuencoded(data: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The text without its uuencoded blocks, and the (name, content) of each; a broken block stays in the text."""
    if b"begin " not in data:
        return data, []
    lines, kept, files = data.split(b"\n"), list[bytes](), list[tuple[bytes, bytes]]()
    at = 0
    while at < len(lines):
        match = _BEGIN.fullmatch(lines[at].rstrip(b"\r"))
        block = _block(lines, at + 1) if match else None
        if match and block:
            files.append((match[1].strip(), block[0]))
            at = block[1]
        else:
            kept.append(lines[at])
            at += 1
    return b"\n".join(kept), files


def _block(lines: list[bytes], start: int) -> tuple[bytes, int] | None:
    """The content of a block and the rank of the line after its end; None when it is not one."""
    content = list[bytes]()
    for rank in range(start, len(lines)):
        line = lines[rank].rstrip(b"\r")
        if line == b"end":
            return (b"".join(content), rank + 1) if any(content) else None
        try:
            content.append(binascii.a2b_uu(line) if line else b"")
        except binascii.Error:
            return None
    return None


def _base64(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        digits = data.translate(None, _NOT_BASE64).rstrip(b"=")
        digits = digits[: len(digits) - (len(digits) % 4 == 1)]
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def _plain(data: bytes) -> bool:
    """Whether the bytes look like sentences rather than lines of base64."""
    lines = data[:_SAMPLE].strip().splitlines()
    return any(line.strip().translate(None, _BASE64) for line in lines)


def _readable(content: bytes) -> bool:
    try:
        content.decode()
    except ValueError:
        return False
    return bool(content.strip()) and not _UNUSUAL.search(content)
