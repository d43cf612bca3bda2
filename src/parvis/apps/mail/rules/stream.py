"""Parses a message that may be large with the library's parser, without holding its long bodies in memory.

Long runs of lines without a boundary are left in the stream: the parser sees one line in their place, and `content`
reads them when their part is wanted. The parser's strings hold one character a byte (latin-1).
"""

import re
import secrets
from email.message import Message as Parsed
from email.parser import FeedParser
from typing import IO

from parvis.apps.mail.rules.headers import header_end, repair

CHUNK = 65_536  # bytes; the lines of a chunk that follows a boundary are always parsed
LONGEST_HEADER = 1_000_000  # bytes; the rest is read as words
_BOUNDARY = re.compile(rb"(?:^|[\r\n])--")


class Stream:
    """A message in a seekable stream, and its tree of parts."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left: list[tuple[int, int]] = []  # (offset, length) of what is left in the stream
        self._mark = f"left-{secrets.token_hex(12)}-"
        self._place = re.compile(rf"{self._mark}(\d+)(\r\n)?")
        self.message: Parsed = self._parse()

    def content(self, part: Parsed) -> bytes:
        """The body of a part without parts, as it came; the tree no longer holds it afterwards."""
        payload = part.get_payload()
        if not isinstance(payload, str):
            return b""
        part.set_payload("")
        pieces = self._place.split(payload)
        if len(pieces) == 1:
            return payload.encode("latin-1", "replace")
        result: list[bytes] = []
        for text, place, end in zip(pieces[0::3], pieces[1::3], pieces[2::3], strict=False):
            left = self._read(int(place))
            result += [text.encode("latin-1", "replace"), left if end else re.sub(rb"\r?\n\Z", b"", left)]
            del left
        return b"".join([*result, pieces[-1].encode("latin-1", "replace")])

    def _parse(self) -> Parsed:
        parser = FeedParser()
        block = self._stream.read(LONGEST_HEADER)
        header = block[: header_end(block) or None]
        self._stream.seek(len(header))
        parser.feed(repair(header).decode("latin-1"))
        near = True  # to a header or a boundary
        while chunk := self._stream.read(CHUNK) + self._stream.readline():
            boundary = bool(_BOUNDARY.search(chunk))
            if near or boundary:
                parser.feed(chunk.decode("latin-1"))
            else:
                self._leave(parser, len(chunk))
            near = boundary
        return parser.close()

    def _leave(self, parser: FeedParser, length: int) -> None:
        offset = self._stream.tell() - length
        if self._left and sum(self._left[-1]) == offset:
            self._left[-1] = (self._left[-1][0], self._left[-1][1] + length)
            return
        self._left.append((offset, length))
        parser.feed(f"{self._mark}{len(self._left) - 1}\r\n")

    def _read(self, place: int) -> bytes:
        offset, length = self._left[place]
        self._stream.seek(offset)
        return self._stream.read(length)
