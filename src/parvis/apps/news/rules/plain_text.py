"""Plain text as the paragraphs of a page, and back."""

import re
from html import escape, unescape

_TAGS = re.compile(r"<[^>]+>")
_BLOCKS = re.compile(r"</(?:p|li|h\d|ul|ol)>|<br\s*/?>")
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)»]")
SHORT = 250


def paragraphs(text: str) -> str:
    """The text as HTML paragraphs, escaped, its web addresses made links; a blank line parts two paragraphs."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if block.strip()]
    return "".join(f"<p>{_linked(escape(block)).replace(chr(10), '<br/>')}</p>" for block in blocks)


def _linked(text: str) -> str:
    return _LINK.sub(lambda match: f'<a href="{match[0]}">{match[0]}</a>', text)


def plain(html: str) -> str:
    """The words of an HTML text, on one line."""
    return " ".join(unescape(_TAGS.sub("", _BLOCKS.sub(" ", html))).split())


def shortened(text: str, most: int = SHORT) -> str:
    """The first words, at most so many characters, with an ellipsis when there are more."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
