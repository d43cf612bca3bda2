"""CSV files as they come: how they are encoded, what separates their values, and their rows one by one."""

import codecs
import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

DELIMITERS = (",", ";", "\t", "|")
PIECE = 1 << 20
LONGEST_VALUE = 1_000_000
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
    return max(DELIMITERS, key=lambda item: len(cells(head, item)))


def cells(head: str, delimiter: str) -> list[str]:
    """The values of one line."""
    return next(csv.reader([head], delimiter=delimiter), [])


@dataclass(frozen=True, slots=True)
class CsvRow:
    """The values of one row, and the number of its first line, from 1. `wrong`: why it cannot be read."""

    line: int
    values: list[str]
    wrong: str = ""


def csv_rows(lines: Iterable[str], delimiter: str) -> Iterator[CsvRow]:
    """Every row that holds something, the header first. Memory stays flat."""
    csv.field_size_limit(LONGEST_VALUE)
    reader = csv.reader((text.replace("\0", "") for text in lines), delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield CsvRow(line, [], str(error))
            continue
        if any(value.strip() for value in values):
            yield CsvRow(line, values)
