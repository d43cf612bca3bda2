"""CSV files of unknown origin: encoding detection, delimiter detection, and streaming rows."""

import codecs
import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

DELIMITERS = (",", ";", "\t", "|")
PIECE = 1 << 20
LONGEST_VALUE = 1_000_000
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def encoding_of(path: Path) -> str:
    """The encoding of a file: by its byte order mark; else UTF-8 when all of it decodes; else Windows-1252."""
    with path.open("rb") as file:
        start = file.read(4)
        for bom, name in _BOMS:
            if start.startswith(bom):
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
    """The one of DELIMITERS that splits the first line into the most values."""
    return max(DELIMITERS, key=lambda delimiter: len(cells(head, delimiter)))


def cells(head: str, delimiter: str) -> list[str]:
    """The values of one line."""
    return next(csv.reader([head], delimiter=delimiter), [])


@dataclass(frozen=True, slots=True)
class CsvRow:
    """The values of one row, and the number of its first line, from 1. `wrong`: why the row is unreadable."""

    line: int
    values: list[str]
    wrong: str = ""


def csv_rows(lines: Iterable[str], delimiter: str) -> Iterator[CsvRow]:
    """Yields every non-empty row, the header first, in constant memory."""
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


def escape_csv_formula(text: str) -> str:
    """Prefixes text that a spreadsheet would run as a formula with an apostrophe (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
