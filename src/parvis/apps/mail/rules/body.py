"""The words of a message: HTML as text, flowed lines joined, quoted text and signature told apart and never cut."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser

_BLOCKS = {
    *("address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "div", "dl", "dt", "figure"),
    *("footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre"),
    *("section", "table", "tbody", "tfoot", "thead", "tr", "ul"),
}
_SPACED = {"p", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "pre"}
_HIDDEN = {"head", "script", "style", "title", "template", "noscript"}
_INTRODUCES = re.compile(
    r"^\s*(?:"
    r"(?:On|Le|El|Am|Il)\b[^\n]{6,240}(?:wrote|writes|a écrit|écrivait|escribió|schrieb)[^\n]{0,40}:"
    r"|-{2,}\s*(?:Original Message|Message d['’]origine|Message original|Message transféré|Forwarded message)\s*-{2,}"
    r"|_{20,}"
    r"|(?:Begin forwarded message|Début du message (?:transféré|réexpédié))\s*:?"
    r")\s*$",
    re.IGNORECASE,
)
_OPENS = re.compile(r"^\s*(?:On|Le)\b[^\n]{6,240}$", re.IGNORECASE)
_WROTE = re.compile(r"(?:wrote|a écrit)[^\n]{0,40}:\s*$", re.IGNORECASE)
_OUTLOOK = re.compile(r"^\s*\*?(?:From|De)\s?\*?\s?:\*?\s.+$")
_OUTLOOK_NEXT = re.compile(r"^\s*\*?(?:Sent|Envoyé|Date|To|À|Cc|Subject|Objet)(?: le)?\s?\*?\s?:", re.IGNORECASE)
LONGEST_INTRODUCTION = 8  # lines of what a mail program writes above what it repeats
CUT_AT = 60  # characters of a quoted line from which a mail program may have cut it
_WORDS = re.compile(r"\w+")
_SIGNATURE = re.compile(r"^-- ?$")


@dataclass(frozen=True)
class Piece:
    """Some lines of a message; `folded` when they repeat an earlier one or sign it."""

    text: str
    folded: bool


class _Text(HTMLParser):
    """The visible words of a page, one line a block; links keep their address, quotes get "> "."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.hidden = self.quotes = self.pre = 0
        self.link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self.hidden += 1
        if tag in _BLOCKS:
            self._break(2 if tag in _SPACED else 1)
        if tag == "blockquote":
            self.quotes += 1
        if tag == "pre":
            self.pre += 1
        if tag == "li":
            self._add("- ")
        if tag in ("td", "th"):
            self._add(" ")
        values = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.link = values.get("href", "")
        if tag == "img" and values.get("alt", "").strip():
            self._add(f"[{values['alt'].strip()}]")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        if tag == "pre":
            self.pre = max(0, self.pre - 1)
        if tag == "a" and self.link.startswith(("http://", "https://")) and self.link not in "".join(self.lines[-1:]):
            self._add(f" <{self.link}>")
        if tag == "a":
            self.link = ""
        if tag in _BLOCKS:
            self._break(2 if tag in _SPACED else 1)
        if tag == "blockquote":
            self.quotes = max(0, self.quotes - 1)

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        if self.pre:
            for rank, line in enumerate(data.split("\n")):
                if rank:
                    self._break(1)
                self._add(line)
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        self._add(words.lstrip() if not self.lines[-1].strip("> ") else words)

    def _add(self, words: str) -> None:
        if words and not self.lines[-1] and self.quotes:
            self.lines[-1] = "> " * self.quotes
        self.lines[-1] += words

    def _break(self, count: int) -> None:
        if self.lines[-1].strip():
            self.lines.append("")
        if count > 1 and len(self.lines) > 1 and self.lines[-2].strip():
            self.lines.append("")


def html_text(html: str) -> str:
    """The words of an HTML body. Never raises: what cannot be parsed loses its tags only."""
    parser = _Text()
    try:
        parser.feed(html)
        parser.close()
    except (AssertionError, ValueError, RecursionError):
        return re.sub(r"<[^>]*>", " ", html)
    return tidy("\n".join(parser.lines))


def tidy(text: str) -> str:
    """The text without trailing spaces, with one empty line at most between two others."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def unflow(text: str, *, delete_space: bool) -> str:
    """The paragraphs of a format=flowed body joined again (RFC 3676), quoted lines left as they are."""
    result: list[str] = []
    open_line = False
    for line in text.replace("\r\n", "\n").split("\n"):
        quoted, signature = line.startswith(">"), line == "-- "
        words = line[1:] if line.startswith(" ") else line
        if open_line and not quoted and not signature:
            result[-1] += words
        else:
            result.append(words)
        open_line = words.endswith(" ") and not quoted and not signature
        if open_line and delete_space:
            result[-1] = result[-1][:-1]
    return "\n".join(result)


def pieces(text: str) -> list[Piece]:
    """The message cut into what it says and what it repeats. Joined by newlines, the pieces are the text.

    After a line that introduces an earlier message, all is folded, unless what follows is quoted line by line: an
    answer written between or below the quoted lines then stays in view, as it does before them. A message that would be
    folded whole is not folded at all.
    """
    lines = text.split("\n")
    start = _introduction(lines)
    folds = _folds(lines, start)
    signs = (rank for rank, line in enumerate(lines) if not folds[rank] and _SIGNATURE.match(line))
    signature = next(signs, len(lines))
    folds = [fold or rank >= signature for rank, fold in enumerate(folds)]
    if not any(line.strip() and not fold for line, fold in zip(lines, folds, strict=True)):
        return [Piece(text, folded=False)]
    result: list[Piece] = []
    at = 0
    for rank in range(1, len(lines) + 1):
        if rank == len(lines) or folds[rank] != folds[at]:
            result.append(Piece("\n".join(lines[at:rank]), folds[at]))
            at = rank
    return result


def said(text: str) -> str:
    """What the message says itself; the whole text when all of it looks quoted."""
    return tidy("\n".join(piece.text for piece in pieces(text) if not piece.folded)).strip()


def _folds(lines: list[str], start: int) -> list[bool]:
    """Which lines repeat an earlier message, introduced at `start`."""
    quoted = [line.lstrip().startswith(">") for line in lines]
    first = next((rank for rank in range(start + 1, len(lines)) if lines[rank].strip()), len(lines))
    while first < len(lines) and not quoted[first] and _WROTE.search(lines[first]):
        first = next((rank for rank in range(first + 1, len(lines)) if lines[rank].strip()), len(lines))
    if first >= len(lines) or not quoted[first]:
        return [rank >= start or quoted[rank] for rank in range(len(lines))]
    folds = [*quoted[:start], *[True] * (first - start)]
    for rank in range(first, len(lines)):
        cut = quoted[rank - 1] and len(lines[rank - 1]) >= CUT_AT  # its end may be on the next line, without a mark
        folds.append(folds[-1] if not lines[rank].strip() else quoted[rank] or cut)
    return folds


def own_words(text: str, answered: Iterable[str]) -> str:
    """What a reply says itself, without what it repeats of the letters it answers; "" when nothing is left.

    `answered` are the texts of those letters. A reply below a letter that is not quoted line by line is found so.
    """
    letters = list(answered)
    if not letters or any(piece.folded for piece in pieces(text)):
        return said(text)
    whole = " ".join(" ".join(map(_bare, letters)).split())
    theirs = {each for letter in letters for line in letter.splitlines() for each in (_bare(line), line.strip())}
    lines = [line.lstrip("> ") for line in text.split("\n")]
    start = _introduction(lines)
    kept = []
    for rank, line in enumerate(lines):
        words = _bare(line) or line.strip()
        repeated = words in theirs or (words.count(" ") >= 2 and f" {words} " in f" {whole} ")  # noqa: PLR2004
        header = start <= rank <= start + LONGEST_INTRODUCTION and (rank == start or _introduces(line))
        if not (words and (repeated or header)):
            kept.append(line)
    return tidy("\n".join(kept)).strip()


def _introduces(line: str) -> bool:
    return bool(_OUTLOOK.match(line) or _OUTLOOK_NEXT.match(line) or _WROTE.search(line))


def _bare(line: str) -> str:
    """The words of a line, to be compared."""
    return " ".join(_WORDS.findall(re.sub(r"https?://[^<>\s]+", " ", line).casefold()))


def only_in_html(text: str, html: str) -> str:
    """The lines that the HTML of a message says, and its plain text does not; those that it quotes are left out."""
    plain = f" {_bare(text)} "
    lines = said(html_text(html)).split("\n") if html.strip() else []
    missing = [line for line in lines if (words := _bare(line)) and f" {words} " not in plain]
    return tidy("\n".join(missing)).strip()


def _introduction(lines: list[str]) -> int:
    """The rank of the line that introduces an earlier message; the number of lines when there is none."""
    for rank, line in enumerate(lines):
        following = lines[rank + 1 : rank + 4]
        if _INTRODUCES.match(line):
            return rank
        if _OPENS.match(line) and following and _WROTE.search(following[0]) and len(following[0]) < 120:  # noqa: PLR2004
            return rank
        if _OUTLOOK.match(line) and sum(bool(_OUTLOOK_NEXT.match(after)) for after in following) >= 2:  # noqa: PLR2004
            return rank
    return len(lines)
