"""Splits a message that asks several questions."""

import re

from parvis.lib import words

MOST, LEAST_WORDS = 4, 3
LONG = 30  # words; a longer message is more often one story than two questions

_CUT = re.compile(
    r"(?<=[?!])\s+"
    r"|(?<=[a-zà-ÿ0-9)])\s*[.;]\s+"
    r"|\n+"
    r"|[,;]?\s+(?:et|pis|puis)\s+(?:aussi|en plus|en passant|par ailleurs)\b[,:]?\s*"
    r"|[,;]?\s+(?:aussi|en passant|par ailleurs|autre chose|autre question|en même temps|de plus)[,:]\s*"
    r"|[,;]?\s+(?:and also|and while|also|by the way|besides|another thing|one more thing|at the same time)\b[,:]?\s*"
    r"|,?\s+(?:et|pis|puis|and)\s+(?=(?:est-ce|quand|comment|combien|où|quel|quelle|qui|à quelle|je veux|je voudrais|"
    r"j'ai|mon|ma|mes|y a|il y a|c'est|le|la|les|when|how|what|where|who|is|are|can|do|does|my|there|i)\b)",
    re.IGNORECASE,
)
_ASKS_AGAIN = re.compile(
    r"\?.*\?"
    r"|[.?!]\s+(?:et|pis|puis|aussi|autre|sinon|par ailleurs|and|also|another)\b"
    r"|\b(?:pis|et|puis) aussi\b|\ben passant\b|\bautre (?:chose|question)\b|\bpar ailleurs\b"
    r"|\band also\b|\bby the way\b|\b(?:another|one more) (?:thing|question)\b",
    re.IGNORECASE | re.DOTALL,
)


def split_questions(text: str) -> list[str]:
    """The parts of a message that may each be a question, in order; the whole message when it cannot be split.

    A part of fewer than three words is joined to the previous one. A long message is split only when it shows that it
    asks again: a second question mark, "and also", "by the way".
    """
    if len(text.split()) > LONG and not _ASKS_AGAIN.search(text):
        return [text]
    pieces: list[str] = []
    for raw in _CUT.split(text):
        piece = (raw or "").strip(" ,;.\n\t")
        if piece and pieces and len(words.split(piece)) < LEAST_WORDS:
            pieces[-1] = f"{pieces[-1]} {piece}"
        elif piece:
            pieces.append(piece)
    return pieces[:MOST]
