"""Parses one RFC 5322 message, whatever its faults: never raises for what it holds."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message as Parsed
from io import BytesIO
from typing import IO

from parvis.apps.mail.rules import headers, tnef, transfer
from parvis.apps.mail.rules.body import html_text, tidy, unflow
from parvis.apps.mail.rules.stream import Stream

LONGEST_SUBJECT = 300
LONGEST_TEXT = 200_000  # characters of a body; a longer one is a file too
LONGEST_HTML = 1_000_000  # characters of all the HTML; the same
MOST_PARTS = 200
REPORTS = (
    *("message/delivery-status", "text/rfc822-headers", "message/disposition-notification"),
    "message/feedback-report",
)
LONGEST_BODY = 1_000_000  # bytes of a part read as words; a longer one is a file too
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_META = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_SENDERS = ("from", "reply-to", "return-path", "sender", "x-sender")


@dataclass(frozen=True)
class File:
    """A file that came with a message. `cid` names it in the HTML; `content_type` is only what the sender declares."""

    name: str
    content_type: str
    data: bytes = field(repr=False)
    cid: str = ""


@dataclass(frozen=True)
class Message:
    """A parsed message: words on one line for each header, UTC for dates, addresses in lower case.

    `text` is the body in words, made of the HTML when there is no plain text; `html` is the HTML as it came. `headers`
    are the decoded values by lower-case name.
    """

    message_id: str
    from_name: str
    from_address: str
    to: tuple[str, ...]
    subject: str
    sent_at: datetime | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str
    html: str
    files: tuple[File, ...]
    headers: dict[str, tuple[str, ...]]
    cc: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()  # (content type, text) of the parts of a delivery report

    def header(self, name: str) -> str:
        """The first value of a header, "" without it."""
        return next(iter(self.headers.get(name, ())), "")

    @property
    def identity(self) -> str:
        """What makes two messages the same one, whatever the way each came: Message-ID, date and words, hashed.

        A Message-ID alone is not unique in the wild. Without one, and without a date, the reports of a server about two
        letters have the same words: whom they were written to and what they report tell them apart.
        """
        words = " ".join(self.text.split())
        date = "" if self.message_id else self.header("date")
        parts = [self.message_id, date, self.from_address, words]
        if not (self.message_id or date):
            parts += [self.header("to"), *(text for _kind, text in self.parts)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def parse(raw: bytes) -> Message:
    """The message of these bytes."""
    return read(BytesIO(raw))


def read(stream: IO[bytes], *, files: bool = True) -> Message:
    """The message in a seekable stream; `files=False` leaves its files out."""
    source = Stream(stream)
    values: dict[str, list[str]] = {}
    for name, value in source.message.raw_items():
        values.setdefault(name.lower(), []).append(_surrogated(value))
    charset = _charset_of(source.message)
    name, address = _sender(values, charset)
    reading = _Reading(source, with_files=files)
    reading.read(source.message)
    text, html = reading.words()
    return Message(
        message_id=next(iter(headers.ids(values.get("message-id", []))), ""),
        from_name=name[:200],
        from_address=address[:254],
        to=_recipients(values, charset),
        subject=" ".join(headers.decode(value, charset) for value in values.get("subject", [])[:1])[:LONGEST_SUBJECT],
        sent_at=next((at for value in values.get("date", []) if (at := headers.moment(value))), None),
        in_reply_to=headers.ids(values.get("in-reply-to", [])),
        references=headers.ids(values.get("references", [])),
        text=text,
        html=html,
        files=tuple(_named_apart(reading.files)),
        headers={name: tuple(headers.decode(row, charset) for row in rows) for name, rows in values.items()},
        cc=tuple(dict.fromkeys(address for _name, address in headers.addresses(values.get("cc", []), charset))),
        parts=tuple(reading.reports),
    )


def _surrogated(value: object) -> str:
    """A header as `headers.decode` takes it."""
    return str(value).encode("latin-1", "replace").decode("ascii", "surrogateescape")


def _charset_of(message: Parsed) -> str:
    """The charset that the first of the bodies declares; "" without one."""
    parts = (part for part in message.walk() if part.get_content_maintype() == "text")
    return next((charset for part in parts if (charset := _charset(part))), "")


def _sender(values: dict[str, list[str]], charset: str) -> tuple[str, str]:
    for name in _SENDERS:
        for pair in headers.addresses(values.get(name, []), charset):
            return pair
    return (headers.decode(values["from"][0], charset) if values.get("from") else ""), ""


def _recipients(values: dict[str, list[str]], charset: str) -> tuple[str, ...]:
    names = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
    pairs = headers.addresses([value for name in names for value in values.get(name, [])], charset)
    return tuple(dict.fromkeys(address for _name, address in pairs))


@dataclass
class _Reading:
    """The leaves of a message: its bodies, its files, its delivery reports."""

    source: Stream
    with_files: bool
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    wrapped: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    reports: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0
    cut: bool = False

    def words(self) -> tuple[str, str]:
        """The text of the message, made of the HTML or of a winmail.dat when there is none, and its HTML."""
        plain, html = tidy("\n\n".join(self.plain)), "\n".join(self.html)
        text = plain or "\n\n".join(map(html_text, self.html)) or "\n\n".join(filter(None, self.wrapped))
        if not self.cut and len(plain) > LONGEST_TEXT:
            self._keep("message.txt", "text/plain", plain.encode())
        if not self.cut and (len(html) > LONGEST_HTML or (not plain and len(text) > LONGEST_TEXT)):
            self._keep("message.html", "text/html", html.encode())
        return text[:LONGEST_TEXT], html[:LONGEST_HTML]

    def read(self, part: Parsed, *, alternative: bool = False) -> None:
        """Reads a part and those inside it. A message inside the message is a file."""
        self.count += 1
        if self.count > MOST_PARTS:
            return
        kind = part.get_content_type()
        if kind in ("message/rfc822", "message/partial"):
            inner = part.get_payload()
            first = inner[0] if isinstance(inner, list) and inner else part
            if self.with_files:
                self._keep(_name(part) or _eml_name(first), kind, _as_bytes(first, self.source))
        elif kind in REPORTS:
            self.reports.append((kind, _report(part, self.source)))
        elif part.is_multipart():
            self._read_inside(part)
        else:
            self._read_leaf(part, kind, alternative=alternative)

    def _read_inside(self, part: Parsed) -> None:
        children = part.get_payload()
        choice = part.get_content_type() == "multipart/alternative"
        for child in children if isinstance(children, list) else ():
            if isinstance(child, Parsed):
                self.read(child, alternative=choice)

    def _read_leaf(self, part: Parsed, kind: str, *, alternative: bool) -> None:
        name = _name(part)
        disposition = str(part.get("content-disposition", "")).strip().lower()
        shown = not disposition.startswith("attachment") and not (name and not alternative and kind != "text/html")
        words = shown and kind in ("text/html", "text/plain")
        if not words and not self.with_files:
            return
        data = _data(part, self.source)
        if words and len(data) > LONGEST_BODY:
            self._keep("message.html" if kind == "text/html" else "message.txt", kind, data)
            data, self.cut = data[:LONGEST_BODY], True
        if words and kind == "text/html":
            meta = _META.search(data[:2000])
            self.html.append(headers.text_of(data, _charset(part) or (meta[1].decode() if meta else "")))
        elif words:
            data, files = transfer.uuencoded(data)
            self.plain.append(_plain(part, data))
            for written, content in files:
                self._keep(_bare_name(headers.text_of(written)), "application/octet-stream", content)
        elif data or name:
            cid = headers.decode(_surrogated(part.get("content-id", ""))).strip("<> ")
            self._keep_or_unwrap(name or _unnamed(kind), kind, data, cid)

    def _keep_or_unwrap(self, name: str, kind: str, data: bytes, cid: str) -> None:
        unwrapped = tnef.unwrap(data) if kind in tnef.TYPES or name.lower() == "winmail.dat" else None
        if unwrapped is None:
            self._keep(name, kind, data, cid)
            return
        self.wrapped.append(unwrapped.text)
        for inner, content in unwrapped.files:
            self._keep(_bare_name(inner) or "file", "application/octet-stream", content)

    def _keep(self, name: str, kind: str, data: bytes, cid: str = "") -> None:
        if self.with_files:
            self.files.append(File(name, kind, data, cid))


def _plain(part: Parsed, data: bytes) -> str:
    text = headers.text_of(data, _charset(part))
    if _parameter(part, "format").lower() == "flowed":
        return unflow(text, delete_space=_parameter(part, "delsp").lower() == "yes")
    return text


def _data(part: Parsed, source: Stream) -> bytes:
    """The content of a part, which no longer holds it afterwards."""
    words = part.get_content_maintype() == "text"
    return transfer.decoded(source.content(part), str(part.get("content-transfer-encoding", "")), words=words)


def _report(part: Parsed, source: Stream) -> str:
    payload = part.get_payload()
    blocks = payload if isinstance(payload, list) else []
    if not blocks:
        return headers.text_of(_data(part, source))
    return "\n\n".join(headers.text_of(_as_bytes(block, source)) for block in blocks if isinstance(block, Parsed))


def _as_bytes(message: Parsed | str, source: Stream) -> bytes:
    """The bytes of a message inside the message."""
    if isinstance(message, str):
        return message.encode("latin-1", "replace")
    for part in message.walk():
        items = list(part.raw_items())
        for name, _value in items:
            del part[name]
        for name, value in items:
            part.set_raw(name, _surrogated(value))
        if not part.is_multipart():
            part.set_payload(source.content(part).decode("ascii", "surrogateescape"))
    try:
        return message.as_bytes()
    except (ValueError, LookupError, AttributeError, TypeError):
        return b""


def _charset(part: Parsed) -> str:
    return _parameter(part, "charset")


def _parameter(part: Parsed, name: str) -> str:
    try:
        value = part.get_param(name, "")
    except (ValueError, LookupError, IndexError, TypeError):
        return ""
    return value[2] if isinstance(value, tuple) else str(value or "")


def _name(part: Parsed) -> str:
    """The name of a file without folders, "" when it has none."""
    try:
        name = part.get_filename("") or ""
    except (ValueError, LookupError, IndexError, TypeError):
        name = ""
    return _bare_name(headers.decode(name if _is_wide(name) else _surrogated(name)))


def _is_wide(name: str) -> bool:
    """Whether a name was decoded already, and is no longer one character a byte."""
    return any(ord(letter) > 0xFF for letter in name)  # noqa: PLR2004


def _bare_name(name: str) -> str:
    """A name without folders, and without the marks that change the direction of writing, which disguise its end."""
    words = _DIRECTIONS.sub("", name).replace("\\", "/").rpartition("/")[2]
    return re.sub(r'[<>:"|?*]', "_", words).strip(" .")[:150]


def _unnamed(kind: str) -> str:
    main, _slash, sub = kind.partition("/")
    extension = {"jpeg": "jpg", "plain": "txt", "calendar": "ics", "octet-stream": "bin"}.get(sub, sub)
    return f"{main}.{re.sub('[^a-z0-9]+', '', extension)[:8] or 'bin'}"


def _eml_name(part: Parsed | str) -> str:
    subject = headers.decode(_surrogated(part.get("subject", ""))) if isinstance(part, Parsed) else ""
    return (re.sub(r"[^-.,()\w ]+", " ", subject).strip(" .")[:80] or "message") + ".eml"


def _named_apart(files: list[File]) -> Iterator[File]:
    """The files, a number added to a name already used."""
    used: set[str] = set()
    for file in files:
        name, number = file.name, 1
        while name.lower() in used:
            number += 1
            stem, dot, extension = file.name.rpartition(".")
            name = f"{stem} ({number}){dot}{extension}" if dot else f"{file.name} ({number})"
        used.add(name.lower())
        yield File(name, file.content_type, file.data, file.cid)
