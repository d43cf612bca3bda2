"""Counts the parts of a text message (3GPP TS 23.038 and 23.040)."""

from typing import NamedTuple

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # two units each
ONE_BASIC, EACH_BASIC, ONE_WIDE, EACH_WIDE = 160, 153, 70, 67
_PLAINER = str.maketrans(
    dict(zip("âêîôûëïçÂÊÎÔÛËÏÀÈÙ", "aeioueicAEIOUEIAEU", strict=True))
    | dict.fromkeys("’‘", "'")
    | dict.fromkeys("“”«»", '"')
    | dict.fromkeys("–—", "-")
    | dict.fromkeys("\u00a0\u202f", " ")
    | {"…": "...", "œ": "oe", "Œ": "OE"}
)


class Parts(NamedTuple):
    """The length of a text: units used, parts paid, and the characters that force the short alphabet of 70."""

    units: int
    parts: int
    wide: str


def count(text: str) -> Parts:
    """The parts of a text message: 160 units in one, 153 in each of several; 70 and 67 outside the basic alphabet."""
    wide = "".join(dict.fromkeys(char for char in text if char not in _BASIC and char not in _EXTENDED))
    if wide:
        units = len(text.encode("utf-16-be")) // 2
        one, each = ONE_WIDE, EACH_WIDE
    else:
        units = len(text) + sum(char in _EXTENDED for char in text)
        one, each = ONE_BASIC, EACH_BASIC
    return Parts(units, 1 if units <= one else -(-units // each), wide)


def plainer(text: str) -> str:
    """The text with the letters that cost a second part replaced by their nearest in the basic alphabet."""
    return text.translate(_PLAINER)
