"""Parses one RFC 5322 message, whatever its faults: never raises for what it holds."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import Message as Parsed

from parvis.apps.mail.rules import headers
from parvis.apps.mail.rules.body import html_text, tidy, unflow

LONGEST_SUBJECT = 300
LONGEST_TEXT = 200_000  # characters of a body; the rest stays in the message as received
MOST_PARTS = 200
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

        A Message-ID alone is not unique in the wild.
        """
        words = " ".join(self.text.split())
        parts = (self.message_id, self.header("date") if not self.message_id else "", self.from_address, words)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def parse(raw: bytes) -> Message:
    """The message of these bytes."""
    parsed = message_from_bytes(headers.repair(raw))
    values: dict[str, list[str]] = {}
    for name, value in parsed.raw_items():
        values.setdefault(name.lower(), []).append(str(value))
    name, address = _sender(values)
    reading = _Reading()
    reading.read(parsed)
    text = tidy("\n\n".join(reading.plain)) or "\n\n".join(html_text(html) for html in reading.html)
    return Message(
        message_id=next(iter(headers.ids(values.get("message-id", []))), ""),
        from_name=name[:200],
        from_address=address[:254],
        to=_recipients(values),
        subject=" ".join(headers.decode(value) for value in values.get("subject", [])[:1])[:LONGEST_SUBJECT],
        sent_at=next((at for value in values.get("date", []) if (at := headers.moment(value))), None),
        in_reply_to=headers.ids(values.get("in-reply-to", [])),
        references=headers.ids(values.get("references", [])),
        text=text[:LONGEST_TEXT],
        html="\n".join(reading.html)[: 5 * LONGEST_TEXT],
        files=tuple(_named_apart(reading.files)),
        headers={name: tuple(map(headers.decode, rows)) for name, rows in values.items()},
        cc=tuple(dict.fromkeys(address for _name, address in headers.addresses(values.get("cc", [])))),
        parts=tuple(reading.reports),
    )


def _sender(values: dict[str, list[str]]) -> tuple[str, str]:
    for name in _SENDERS:
        for pair in headers.addresses(values.get(name, [])):
            return pair
    return (headers.decode(values["from"][0]) if values.get("from") else ""), ""


def _recipients(values: dict[str, list[str]]) -> tuple[str, ...]:
    names = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
    pairs = headers.addresses([value for name in names for value in values.get(name, [])])
    return tuple(dict.fromkeys(address for _name, address in pairs))


@dataclass
class _Reading:
    """The leaves of a message: its bodies, its files, its delivery reports."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    reports: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0

    def read(self, part: Parsed, *, alternative: bool = False) -> None:
        """Reads a part and those inside it. A message inside the message is a file."""
        self.count += 1
        if self.count > MOST_PARTS:
            return
        kind = part.get_content_type()
        if kind in ("message/rfc822", "message/partial"):
            inner = part.get_payload()
            first = inner[0] if isinstance(inner, list) and inner else part
            self.files.append(File(_name(part) or _eml_name(first), kind, _as_bytes(first)))
        elif kind in ("message/delivery-status", "text/rfc822-headers", "message/disposition-notification"):
            self.reports.append((kind, _report(part)))
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
        data, name = _data(part), _name(part)
        disposition = str(part.get("content-disposition", "")).strip().lower()
        shown = not disposition.startswith("attachment") and not (name and not alternative and kind != "text/html")
        if kind == "text/html" and shown:
            meta = _META.search(data[:2000])
            self.html.append(headers.text_of(data, _charset(part) or (meta[1].decode() if meta else "")))
        elif kind.startswith("text/plain") and shown:
            self.plain.append(_plain(part, data))
        elif data or name:
            cid = headers.decode(str(part.get("content-id", ""))).strip("<> ")
            self.files.append(File(name or _unnamed(kind), kind, data, cid))


def _plain(part: Parsed, data: bytes) -> str:
    text = headers.text_of(data, _charset(part))
    if _parameter(part, "format").lower() == "flowed":
        return unflow(text, delete_space=_parameter(part, "delsp").lower() == "yes")
    return text


def _data(part: Parsed) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        data = None
    if isinstance(data, bytes):
        return data
    payload = part.get_payload()
    return payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""


def _report(part: Parsed) -> str:
    payload = part.get_payload()
    blocks = payload if isinstance(payload, list) else []
    if not blocks:
        return headers.text_of(_data(part))
    return "\n\n".join(headers.text_of(_as_bytes(block)) for block in blocks if isinstance(block, Parsed))


def _as_bytes(part: Parsed | str) -> bytes:
    try:
        return part.as_bytes() if isinstance(part, Parsed) else part.encode("utf-8", "surrogateescape")
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
    words = headers.decode(name).replace("\\", "/").rpartition("/")[2]
    return re.sub(r'[<>:"|?*]', "_", words).strip(" .")[:150]


def _unnamed(kind: str) -> str:
    main, _slash, sub = kind.partition("/")
    extension = {"jpeg": "jpg", "plain": "txt", "calendar": "ics", "octet-stream": "bin"}.get(sub, sub)
    return f"{main}.{re.sub('[^a-z0-9]+', '', extension)[:8] or 'bin'}"


def _eml_name(part: Parsed | str) -> str:
    subject = headers.decode(str(part.get("subject", ""))) if isinstance(part, Parsed) else ""
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
