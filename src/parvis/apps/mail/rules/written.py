"""What someone wrote as plain text, told apart into paragraphs and lists."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

LONGEST_QUOTE = 10_000  # characters of the message answered
_BULLET = re.compile(r"^\s*[-•*]\s+(\S.*)$")
_NUMBERED = re.compile(r"^\s*(\d{1,3})[.)]\s+(\S.*)$")


@dataclass(frozen=True)
class Block:
    """A paragraph or a list: `lines` are its lines or its items, without their marks; `start` numbers the first one."""

    kind: Literal["p", "ul", "ol"]
    lines: tuple[str, ...]
    start: int = 1


def blocks(text: str) -> list[Block]:
    """The blocks of a plain text: blank lines part them, and so does a change between words and items."""
    return [block for part in re.split(r"\n\s*\n", text.strip()) for block in _of_part(part) if block.lines]


def _of_part(part: str) -> Iterator[Block]:
    lines: list[str] = []
    kind: Literal["p", "ul", "ol"] = "p"
    start = expected = 1
    for line in part.splitlines():
        bullet, numbered = _BULLET.match(line), _NUMBERED.match(line)
        found: Literal["p", "ul", "ol"] = "ul" if bullet else "ol" if numbered else "p"
        rank = int(numbered[1]) if numbered else 1
        if found != kind or (numbered and rank != expected):
            yield Block(kind, tuple(lines), start)
            lines, kind, start = [], found, rank
        lines.append(bullet[1] if bullet else numbered[2] if numbered else line)
        expected = rank + 1
    yield Block(kind, tuple(lines), start)


def kept_of(message: str) -> str:
    """What is quoted of a message answered: its words, the end left out beyond LONGEST_QUOTE characters."""
    kept = message.strip()
    return kept if len(kept) <= LONGEST_QUOTE else f"{kept[:LONGEST_QUOTE].rstrip()}\n[…]"


def quoted(text: str) -> str:
    """The lines of a text, each behind "> " (RFC 3676, 4.5)."""
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in text.splitlines())
