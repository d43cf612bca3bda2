"""Streaming reader of CSV files, with encoding and delimiter detection."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from parvis.lib.ingest.csv_files import LONGEST_VALUE, PIECE, cells, csv_rows, delimiter_of, encoding_of
from parvis.operations.importing.mapping import key
from parvis.operations.importing.report import CannotImport

CHECKED = ("utf-8",)  # encodings that `encoding_of` has already verified on the whole file


@dataclass(frozen=True)
class Record:
    """A record: the number of its first line in the file (from 1), and its values by folded column name.

    `wrong` says why it is unreadable; the values are then empty.
    """

    number: int
    values: dict[str, str]
    wrong: str = ""

    def get(self, columns: Sequence[str], join: str = ", ") -> str:
        """The non-empty values of these columns, joined, without duplicates."""
        values = (self.values.get(key(column), "") for column in columns)
        return join.join(dict.fromkeys(filter(None, values)))


@dataclass(frozen=True)
class Source:
    """A readable file: its encoding, delimiter, and column names as written."""

    path: Path
    encoding: str
    delimiter: str
    columns: tuple[str, ...]

    def has(self, column: str) -> bool:
        """Whether the file has that column."""
        return key(column) in map(key, self.columns)

    def lines(self) -> Iterator[Record]:
        """Yields the records after the header, without empty lines, in constant memory."""
        names = [key(column) for column in self.columns]
        with self.path.open(encoding=self.encoding, newline="") as file:
            for row in islice(csv_rows(file, self.delimiter), 1, None):
                if row.wrong:
                    yield Record(row.line, {}, _("This line cannot be read: %(why)s") % {"why": row.wrong})
                else:
                    yield _line(row.line, names, [value.strip() for value in row.values])


def _line(first: int, names: list[str], values: list[str]) -> Record:
    while len(values) > len(names) and not values[-1]:
        values.pop()
    if len(values) != len(names):
        text = _("It has %(found)d values for %(wanted)d columns.")
        return Record(first, {}, text % {"found": len(values), "wanted": len(names)})
    return Record(first, dict(zip(names, values, strict=True)))


def open_source(path: Path, *, encoding: str = "", delimiter: str = "") -> Source:
    """Opens a file, detecting its encoding (UTF-8, UTF-16 with a BOM, else Windows-1252) and delimiter if not given.

    CannotImport when the file does not exist, cannot be decoded, or has no header.
    """
    try:
        used_encoding = encoding or encoding_of(path)
        with path.open(encoding=used_encoding, newline="") as file:
            head = file.readline(LONGEST_VALUE)
            if used_encoding not in CHECKED:
                while file.read(PIECE):
                    pass
    except FileNotFoundError:
        raise CannotImport(_("There is no file %(path)s.") % {"path": path}) from None
    except (OSError, LookupError) as error:
        raise CannotImport(_("The file %(path)s cannot be read: %(why)s") % {"path": path, "why": error}) from None
    except UnicodeDecodeError:
        text = _("The file %(path)s is not written in %(encoding)s.")
        if not encoding:
            text = _("The file %(path)s is no text that we can read: export it again as CSV, in UTF-8.")
        raise CannotImport(text % {"path": path, "encoding": encoding}) from None
    delimiter = delimiter or delimiter_of(head)
    columns = tuple(cell.strip() for cell in cells(head, delimiter))
    if not any(columns):
        raise CannotImport(_("The file %(path)s is empty.") % {"path": path})
    occurrences = Counter(map(key, columns))
    twice = {column for column in columns if column and occurrences[key(column)] > 1}
    if twice:
        raise CannotImport(_("Columns named twice: %(names)s.") % {"names": ", ".join(sorted(twice))})
    return Source(path, used_encoding, delimiter, columns)
