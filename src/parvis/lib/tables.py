"""CSV files as they come: how they are encoded, what separates their values."""

import codecs
import csv
from pathlib import Path

DELIMITERS = (",", ";", "\t", "|")
PIECE = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def encoding_of(path: Path) -> str:
    """By its mark; else UTF-8 when all of it is; else what Windows writes in this part of the world."""
    with path.open("rb") as file:
        start = file.read(4)
        for mark, name in _MARKS:
            if start.startswith(mark):
                return name
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while piece := file.read(PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def delimiter_of(head: str) -> str:
    """What separates the values of that first line: the one of DELIMITERS that makes the most of them."""
    return max(DELIMITERS, key=lambda one: len(cells(head, one)))


def cells(head: str, delimiter: str) -> list[str]:
    """The values of one line."""
    return next(csv.reader([head], delimiter=delimiter), [])
