"""A browser reduced to what a measurement needs: one kept-alive connection, its cookies, bytes read and not parsed.

Its processor time counts against the server's, since both share the machine: no library stands between it and the
socket.
"""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^=;\r]+)=([^;\r]*)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r]*)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


@dataclass
class Answer:
    """One response: status, where it leads ("" when nowhere), its body, the milliseconds until its last byte."""

    status: int
    location: str
    body: bytes
    ms: float


@dataclass
class Browser:
    """One session. Not for two requests at a time."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def get(self, path: str) -> Answer:
        """GET, without following."""
        return await self._ask(f"GET {path} HTTP/1.1\r\n", b"")

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
        sent = f"{head}Host: 127.0.0.1:{self.port}\r\nAccept: text/html\r\nCookie: {cookies}\r\n\r\n".encode() + body
        began = time.perf_counter()
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writer.write(sent)
        top = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(top)
        read = await self._reader.readexactly(int(length[1])) if length else b""
        took = (time.perf_counter() - began) * 1000
        for name, value in _COOKIE.findall(top):
            self.cookies[name.decode()] = value.decode()
        if _CLOSE.search(top):
            await self.close()
        location = _LOCATION.search(top)
        return Answer(int(top[9:12]), location[1].decode() if location else "", read, took)
