"""The bytes of a letter, made quickly: a newsletter has thousands of them, each its own."""

import re
from binascii import b2a_qp
from collections.abc import Iterable
from email.header import Header
from email.utils import formataddr, parseaddr

BOUNDARY = "=_letter_of_an_issue_"
_LINE_START_DOT = re.compile(rb"(?m)^\.")


def encoded(text: str) -> str:
    """A header of words, encoded when it is not ASCII (RFC 2047); one line, its folds apart."""
    words = " ".join(text.split())
    return words if words.isascii() else Header(words, "utf-8", maxlinelen=70).encode()


def address(name: str, email: str) -> str:
    """A name and its address, for a header."""
    return formataddr((" ".join(name.split()), email), "utf-8")


def bare(sender: str) -> str:
    """The address in "Name <address>"; "" without one."""
    return parseaddr(sender)[1]


def message(headers: Iterable[tuple[str, str]], text: str, html: str) -> bytes:
    """A multipart/alternative message with these headers, in order, its lines ended by CRLF.

    ValueError for a header with a line break that is not a fold.
    """
    lines = []
    for name, value in headers:
        if re.search(r"[\r\n]", re.sub(r"\r\n[ \t]", "", value)):
            raise ValueError(f"{name} holds a line break")
        lines.append(f"{name}: {value}")
    lines += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"', ""]
    parts = [_crlf("\n".join(lines).encode("ascii"))]
    for kind, content in (("plain", text), ("html", html)):
        head = f'--{BOUNDARY}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
        parts.append(f"{head}Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode())
        parts.append(_crlf(b2a_qp(content.encode(), istext=True)))
        parts.append(b"\r\n")
    parts.append(f"--{BOUNDARY}--\r\n".encode())
    return b"\r\n".join((parts[0], b"".join(parts[1:])))


def stuffed(content: bytes) -> bytes:
    """The content as it follows DATA: dots doubled at the beginning of lines (RFC 5321, 4.5.2), the last dot added."""
    end = b"" if content.endswith(b"\r\n") else b"\r\n"
    return _LINE_START_DOT.sub(b"..", content) + end + b".\r\n"


def _crlf(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
