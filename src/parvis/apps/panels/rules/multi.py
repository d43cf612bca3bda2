"""MULTI, the markup of messages of NTCIP 1203, and the letters that a sign's font lacks."""

import unicodedata
from collections.abc import Callable, Sequence

NEW_LINE, NEW_PAGE = "[nl]", "[np]"
SPELT = {
    "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "’": "'", "‘": "'", "«": '"', "»": '"', "“": '"', "”": '"',
    "–": "-", "—": "-", "…": "...", "\u00a0": " ", "\u202f": " ", "−": "-", "•": "-", "€": "EUR",
}  # fmt: skip


def spell(text: str, has: Callable[[int], bool]) -> str:
    """The text in letters that the sign has: `has(code)` tells for a code from 128 to 255; beyond, none has them.

    A missing accented letter loses its accent; one that cannot be spelt becomes a question mark.
    """
    return "".join(_letter(letter, has) for letter in unicodedata.normalize("NFC", text))


def _letter(letter: str, has: Callable[[int], bool]) -> str:
    code = ord(letter)
    if code < 128 or (code < 256 and code != 0xA0 and has(code)):
        return letter
    if letter in SPELT:
        return SPELT[letter]
    plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if ord(part) < 128)
    return plain or "?"


def message(pages: Sequence[Sequence[str]], *, page_seconds: float) -> bytes:
    """The MULTI string of pages of lines, each shown `page_seconds`; one octet a letter (ISO 8859-1)."""
    shown = [NEW_LINE.join(line.replace("[", "[[").replace("]", "]]") for line in page) for page in pages]
    time = f"[pt{round(page_seconds * 10)}o0]" if len(pages) > 1 else ""
    return (time + NEW_PAGE.join(shown)).encode("latin-1", "replace")
