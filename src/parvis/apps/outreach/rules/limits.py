"""What each channel can hold, and shorter texts to propose."""

import re
from enum import StrEnum
from typing import NamedTuple

BANNER, PANEL, LETTER_SUBJECT, PUSH_WORDS = 80, 90, 60, 120
FACEBOOK, MASTODON = 63_206, 500
TEXT_PARTS = 3
TITLE, TEXT, SHORT, SAY = 120, 5000, 320, 600  # what the fields of the composer hold

_SHORTER = (
    (r"\bchemin\b", "ch."),
    (r"\bboulevard\b", "boul."),
    (r"\bavenue\b", "av."),
    (r"\bminutes?\b", "min"),
    (r"\bheures?\b", "h"),
    (r"\bstationnement\b", "stat."),
    (r"\binterdiction de stationner\b", "stat. interdit"),
    (r"\bsecteur\b", "sect."),
    (r"\bjusqu[’']à\b", "→"),
)
_ELLIPSIS = "…"


class Unit(StrEnum):
    """In what the texts of a channel are counted."""

    CHARACTERS = "characters"
    SECONDS = "seconds"


class Count(NamedTuple):
    """How much of a channel a text uses. `most` 0: no limit. `note`: what the figure costs, in the channel's terms.

    `language`: of the text that is counted, the longer one when both are limited.
    """

    used: int
    most: int
    note: str = ""
    unit: Unit = Unit.CHARACTERS
    language: str = "fr"

    @property
    def over(self) -> bool:
        return bool(self.most) and self.used > self.most


def shortened(text: str, most: int) -> str:
    """A shorter text to propose: usual abbreviations first, then whole words cut at the end. Never sent by itself."""
    result = " ".join(text.split())
    for pattern, shorter in _SHORTER:
        if len(result) <= most:
            return result
        result = re.sub(pattern, shorter, result, flags=re.IGNORECASE)
        result = result[:1].upper() + result[1:] if text[:1].isupper() else result
    if len(result) <= most:
        return result
    cut = result[: most - len(_ELLIPSIS)].rsplit(" ", 1)[0].rstrip(" ,;:.")
    return f"{cut}{_ELLIPSIS}"
