"""Reads the headers of messages as they are written in the wild: badly folded, badly encoded, without a charset."""

import binascii
import quopri
import re
from base64 import b64decode
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

LATIN = ("iso-8859-1", "latin-1", "latin1", "iso8859-1", "iso_8859-1")
_ENCODED = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(=\?[^?\s]+\?[bBqQ]\?[^?]*\?=)\s+(?==\?[^?\s]+\?[bBqQ]\?)")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"\\@]+@[^\s<>()\[\],;:\"\\@]+")
_ID = re.compile(r"<[^<>\s]+>")
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:")
_END = re.compile(rb"\r?\n\r?\n|\r\r")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def repair(raw: bytes) -> bytes:
    """The message with a header block that a parser reads to its end.

    A line that is no header continues the one before, instead of ending the block; the separator of an mbox goes.
    """
    end = _END.search(raw)
    block, rest = (raw[: end.start()], raw[end.start() :]) if end else (raw, b"")
    lines = block.splitlines()
    if lines and lines[0].startswith((b"From ", b">From ")):
        lines = lines[1:]
    if not lines or not _HEADER.match(lines[0]):
        return raw if not lines else b"\r\n" + raw
    whole = [line if line[:1] in b" \t" or _HEADER.match(line) else b" " + line for line in lines if line.strip()]
    return b"\r\n".join(whole) + rest


def storable(text: str) -> str:
    """The text without control characters and lone surrogates, which a database refuses."""
    return _CONTROLS.sub("", text.encode("utf-8", "replace").decode())


def text_of(data: bytes, charset: str = "") -> str:
    """The bytes as text: in the charset declared when it is the right one, else UTF-8, else Windows-1252.

    What is declared as ISO-8859-1 is Windows-1252, as browsers read it (WHATWG, Encoding).
    """
    declared = "cp1252" if charset.lower() in LATIN else charset
    for name in (declared, "utf-8"):
        try:
            return storable(data.decode(name))
        except (LookupError, ValueError):
            continue
    return storable(data.decode("cp1252", "replace"))


def decode(value: str) -> str:
    """One header in words (RFC 2047 and 2231, or raw 8-bit), on one line. `value` holds surrogates for raw bytes."""
    unfolded = " ".join(text_of(value.encode("utf-8", "surrogateescape")).split())
    pieces: list[tuple[str, bytes]] = []
    result, at = "", 0
    joined = _BETWEEN.sub(r"\1", unfolded)
    for match in _ENCODED.finditer(joined):
        if match.start() > at:
            result += _flush(pieces) + joined[at : match.start()]
        charset = match[1].partition("*")[0].lower()
        data = _word(match[2], match[3])
        if pieces and pieces[-1][0] == charset:  # a character may be cut between two encoded words
            pieces[-1] = (charset, pieces[-1][1] + data)
        else:
            pieces.append((charset, data))
        at = match.end()
    return " ".join((result + _flush(pieces) + joined[at:]).split())


def addresses(values: list[str]) -> list[tuple[str, str]]:
    """(name, address) of each mailbox in these headers, addresses in lower case; what is no address is left out."""
    result: list[tuple[str, str]] = []
    for value in values:
        ascii_only = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        try:
            pairs = getaddresses([ascii_only])
        except (IndexError, ValueError):
            pairs = []
        usable = [(decode(name), match[0].lower()) for name, address in pairs if (match := _ADDRESS.search(address))]
        if not usable:
            words = decode(value)
            usable = [(_name_before(words, match), match[0].lower()) for match in _ADDRESS.finditer(words)]
        result += usable
    return [(storable(name), storable(address)) for name, address in result]


def ids(values: list[str]) -> tuple[str, ...]:
    """The message identifiers in these headers, "<...>" each, in order and once."""
    return tuple(dict.fromkeys(match[0] for value in values for match in _ID.finditer(decode(value))))


def moment(value: str) -> datetime | None:
    """The date of a header, in UTC; None when it cannot be read."""
    try:
        date = parsedate_to_datetime(" ".join(value.split()))
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None


def _name_before(words: str, match: re.Match[str]) -> str:
    return words[: match.start()].rpartition(",")[2].strip(" \"'<")


def _word(encoding: str, text: str) -> bytes:
    data = text.encode("ascii", "replace")
    if encoding in "qQ":
        return quopri.decodestring(data.replace(b"_", b" "))
    try:
        return b64decode(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return data


def _flush(pieces: list[tuple[str, bytes]]) -> str:
    words = "".join(text_of(data, charset) for charset, data in pieces)
    pieces.clear()
    return words
