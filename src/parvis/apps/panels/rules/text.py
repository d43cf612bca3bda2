"""The words of a panel: how many fit, how they are cut in lines and in pages."""

import re
import unicodedata
from dataclasses import dataclass

MOST = 90  # characters of a message
LONGEST_HEAD = 36  # characters of the words in large
_END = re.compile(r"(?<=[^\s\d])([.!?:;,])\s+")  # not inside "7 h. 30" or after a bare number


@dataclass(frozen=True)
class Fit:
    """How many characters a text has, how many a panel takes, and the text cut at a word when it is too long."""

    count: int
    shortened: str
    most: int = MOST

    @property
    def fits(self) -> bool:
        return self.count <= self.most


def clean(text: str) -> str:
    """The text as it is counted and painted: composed characters, single spaces, line breaks kept."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line for line in (re.sub(r"[^\S\u00a0]+", " ", line).strip() for line in lines) if line)


def fit(text: str, most: int = MOST) -> Fit:
    """Counts the characters of a text; `shortened` is the text itself when it fits, else a proposal with a "…"."""
    cleaned = clean(text)
    if len(cleaned) <= most:
        return Fit(len(cleaned), cleaned, most)
    cut = cleaned[: most - 1]
    if not cleaned[most - 1].isspace() and (space := max(cut.rfind(" "), cut.rfind("\n"))) > most // 2:
        cut = cut[:space]
    return Fit(len(cleaned), cut.rstrip(" \n.,;:") + "…", most)


def parts(text: str) -> tuple[str, str]:
    """The words in large and those below them: the first line and the others, else the first clause and the rest.

    A text without a short first clause is all in large.
    """
    cleaned = clean(text)
    first, _, rest = cleaned.partition("\n")
    if rest:
        return first, rest.replace("\n", " ")
    end = _END.search(cleaned)
    if end is None or end.start() > LONGEST_HEAD:
        return cleaned, ""
    mark = end[1] if end[1] in "!?" else ""
    rest = cleaned[end.end() :]
    return cleaned[: end.start()] + mark, rest[:1].upper() + rest[1:]


def wrap(text: str, columns: int) -> list[str]:
    """The text in lines of `columns` characters at most, cut between words; a longer word is cut."""
    lines: list[str] = []
    for paragraph in clean(text).split("\n"):
        line = ""
        pieces = [word[at : at + columns] for word in paragraph.split(" ") for at in range(0, len(word), columns)]
        for piece in pieces:
            joined = f"{line} {piece}".strip()
            if len(joined) <= columns:
                line = joined
            else:
                lines.append(line)
                line = piece
        lines.append(line)
    return [line for line in lines if line]


def pages(text: str, columns: int, rows: int) -> list[list[str]]:
    """The text in pages of `rows` lines of `columns` characters; the words in large begin a line of their own."""
    head, rest = parts(text)
    lines = wrap(head, columns) + (wrap(rest, columns) if rest else [])
    packed = wrap(text, columns)
    if -(-len(packed) // rows) < -(-len(lines) // rows):
        lines = packed
    return [lines[start : start + rows] for start in range(0, len(lines), rows)]
