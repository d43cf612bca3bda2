"""Several questions in one message: where it may be cut, each piece with words of its own to say."""

import re

from parvis.lib import words

MOST, LEAST_WORDS = 6, 3

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


def cut(text: str) -> list[str]:
    """The pieces of a message that may each ask something, in order; one piece when there is nothing to cut.

    A piece of fewer than three words belongs to the one before.
    """
    pieces: list[str] = []
    for raw in _CUT.split(text):
        piece = (raw or "").strip(" ,;.\n\t")
        if not piece:
            continue
        if pieces and len(words.split(piece)) < LEAST_WORDS:
            pieces[-1] = f"{pieces[-1]} {piece}"
        else:
            pieces.append(piece)
    return pieces[:MOST]
