"""Reads the headers of messages as they are written in the wild: badly folded, badly encoded, without a charset."""

import binascii
import quopri
import re
from base64 import b64decode
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

CHINESE = ("gb2312", "gbk", "x-gbk", "gb_2312-80", "euc-cn")
LATIN = ("iso-8859-1", "latin-1", "latin1", "iso8859-1", "iso_8859-1")
_ENCODED = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(=\?[^?\s]+\?[bBqQ]\?[^?]*\?=)\s+(?==\?[^?\s]+\?[bBqQ]\?)")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"\\@]+@[^\s<>()\[\],;:\"\\@]+")
_ESCAPED = re.compile(rb"\x1b[$(]")
_ID = re.compile(r"<[^<>\s]+>")
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:")
_NAMED = re.compile(rb"[!-9;-~]+:")  # as a strict parser reads one
_END = re.compile(rb"\r?\n\r?\n|\r\r")
_KNOWN = re.compile(
    rb"(?:from|to|cc|subject|date|received|return-path|delivered-to|message-id|mime-version|content-type|reply-to"
    rb"|sender|references|in-reply-to)[ \t]*:",
    re.IGNORECASE,
)
_FROM = re.compile(rb"from[ \t]*:", re.IGNORECASE)
LONGEST_BANNER = 4_000  # bytes of what a gateway may write before the header
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def header_of(raw: bytes) -> bytes:
    """The header of a message, or of the beginning of one, without the empty line that ends it.

    It begins with what was written before it, if anything was.
    """
    end = header_end(raw)
    return raw[:end].rstrip(b"\r\n") if end else raw


def header_end(raw: bytes) -> int:
    """Where the body begins, after the empty line that ends the header; 0 without one."""
    end = _END.search(raw, banner(raw))
    return end.end() if end else 0


def banner(raw: bytes) -> int:
    """The bytes of the words written before the header, such as those of a gateway; 0 when it comes first.

    Such words hold no header that is known; the block after them names a sender, and one more thing.
    """
    at, words = 0, b""
    while at < min(len(raw), LONGEST_BANNER):
        line_end = raw.find(b"\n", at) + 1 or len(raw)
        line = raw[at:line_end]
        if _KNOWN.match(line):
            break
        at, words = line_end, words or line.strip()
    else:
        return 0
    if not words or words.startswith((b"From ", b">From ")):
        return 0
    first = raw[:at].lstrip(b"\r\n").splitlines()
    if _NAMED.match(first[0]) and not _END.search(raw[:at]):
        return 0  # headers of its own before the usual ones
    end = _END.search(raw, at)
    lines = (raw[at : end.start()] if end else raw[at:]).splitlines()
    known = [line for line in lines if _KNOWN.match(line)]
    return at if len(known) > 1 and any(_FROM.match(line) for line in known) else 0


def repair(raw: bytes) -> bytes:
    """The message with a header block that a parser reads to its end.

    A line that is no header continues the one before, instead of ending the block; the separator of an mbox goes, and
    so do the words of a gateway before the header.
    """
    raw = raw[banner(raw) :]
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

    What is declared as ISO-8859-1 is Windows-1252, as browsers read it, and GB2312 is GB18030 (WHATWG, Encoding).
    """
    lower = charset.lower()
    declared = "cp1252" if lower in LATIN else "gb18030" if lower in CHINESE else charset
    for name in (declared, "utf-8"):
        try:
            return storable(data.decode(name))
        except (LookupError, ValueError):
            continue
    return storable(data.decode("cp1252", "replace"))


def decode(value: str, charset: str = "") -> str:
    """One header in words (RFC 2047 and 2231, or raw 8-bit), on one line. `value` holds surrogates for raw bytes.

    Raw bytes that are not UTF-8 are in `charset`, that of the body.
    """
    unfolded = " ".join(_raw_text(value.encode("utf-8", "surrogateescape"), charset).split())
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


def _raw_text(data: bytes, charset: str) -> str:
    if _ESCAPED.search(data) and charset.lower().startswith("iso-2022"):  # seven bits: it looks like UTF-8
        return text_of(data, charset)
    try:
        return storable(data.decode())
    except ValueError:
        return text_of(data, charset)


def addresses(values: list[str], charset: str = "") -> list[tuple[str, str]]:
    """(name, address) of each mailbox in these headers, addresses in lower case; what is no address is left out.

    `charset` as `decode`.
    """
    result: list[tuple[str, str]] = []
    for value in values:
        readable = _raw_text(value.encode("utf-8", "surrogateescape"), charset)
        try:
            pairs = getaddresses([readable])
        except (IndexError, ValueError):
            pairs = []
        usable = [(decode(name), match[0].lower()) for name, address in pairs if (match := _ADDRESS.search(address))]
        if not usable:
            words = decode(value, charset)
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
