"""A browser reduced to what a measurement needs: one kept-alive connection, its cookies, bytes read and not parsed.

Its processor time counts against the server's, since both share the machine: no library stands between it and the
socket. It speaks to 127.0.0.1 alone.
"""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^=;\r]+)=([^;\r]*)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r]*)", re.IGNORECASE)
_ETAG = re.compile(rb"\r\netag: *([^\r]*)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_EMPTY = (204, 304)
_LONGEST = 60.0


@dataclass
class Answer:
    """One response: status, where it leads and its ETag ("" when none), its body, the milliseconds to its last byte."""

    status: int
    location: str
    etag: str
    body: bytes
    ms: float


@dataclass
class Browser:
    """One session, with the headers that it sends each time. Not for two requests at a time."""

    port: int
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET, without following; once more on a fresh connection when the kept one had been closed meanwhile."""
        head, kept = f"GET {path} HTTP/1.1\r\n{_lines(headers or {})}", self._writer is not None
        try:
            return await self._ask(head, b"")
        except (asyncio.IncompleteReadError, ConnectionError):
            await self.close()
            if not kept:
                raise
            return await self._ask(head, b"")

    async def post(self, path: str, values: Mapping[str, str]) -> Answer:
        """POST of a form with the CSRF token of the session, without following."""
        body = urlencode({"csrfmiddlewaretoken": self.cookies.get("csrftoken", ""), **values}).encode()
        head = f"POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        return await self._ask(f"{head}Content-Length: {len(body)}\r\n", body)

    async def sign_in(self, username: str) -> None:
        """Opens the session of a sample account, as its card on the sign-in page does."""
        await self.get("/staff/login/")
        answer = await self.post(f"/staff/login/{username}/", {})
        if answer.status != 302:  # noqa: PLR2004
            raise RuntimeError(f"{username} is not signed in: {answer.status} {answer.body[:400]!r}")

    async def close(self) -> None:
        """Closes the connection."""
        if self._writer is not None:
            self._writer.close()
            self._reader = self._writer = None

    async def _ask(self, head: str, body: bytes) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        cookie = f"Cookie: {cookies}\r\n" if cookies else ""
        common = f"Host: 127.0.0.1:{self.port}\r\nAccept: text/html\r\n{cookie}{_lines(self.headers)}"
        began = time.perf_counter()
        async with asyncio.timeout(_LONGEST):
            if self._reader is not None and self._reader.at_eof():
                await self.close()  # the server closed what stood idle, as a browser notices too
            if self._reader is None or self._writer is None:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
            self._writer.write(f"{head}{common}\r\n".encode() + body)
            top = await self._reader.readuntil(b"\r\n\r\n")
            status = int(top[9:12])
            read = b"" if status in _EMPTY else await _body(self._reader, top)
        took = (time.perf_counter() - began) * 1000
        for name, value in _COOKIE.findall(top):
            self.cookies[name.decode()] = value.decode()
        if _CLOSE.search(top):
            await self.close()
        return Answer(status, _found(_LOCATION, top), _found(_ETAG, top), read, took)


def _lines(headers: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


def _found(pattern: re.Pattern[bytes], top: bytes) -> str:
    match = pattern.search(top)
    return match[1].decode() if match else ""


async def _body(reader: asyncio.StreamReader, top: bytes) -> bytes:
    """By its length, by pieces, or until the server closes."""
    if length := _LENGTH.search(top):
        return await reader.readexactly(int(length[1]))
    if not _CHUNKED.search(top):
        return await reader.read()
    read = []
    while size := int((await reader.readline()).partition(b";")[0], 16):
        read.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(read)
