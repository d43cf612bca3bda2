"""Reading a CSV file as it comes: its encoding and its delimiter found, its lines given one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from parvis.lib.ingest.csv_files import LONGEST_VALUE, PIECE, cells, csv_rows, delimiter_of, encoding_of
from parvis.operations.importing.mapping import key
from parvis.operations.importing.refusals import CannotImport

CHECKED = ("utf-8",)  # encodings that `encoding_of` names once it has read the whole file in them


@dataclass(frozen=True)
class Line:
    """One record: the number of its first line in the file (from 1), and its values by folded column name.

    `wrong` says why it cannot be read; the values are then empty.
    """

    number: int
    values: dict[str, str]
    wrong: str = ""

    def get(self, columns: Sequence[str], join: str = ", ") -> str:
        """The values of these columns that are not empty, joined; each once."""
        match = (self.values.get(key(column), "") for column in columns)
        return join.join(dict.fromkeys(value for value in match if value))


@dataclass(frozen=True)
class Source:
    """A file that can be read: how it is encoded and cut, and the names of its columns as they are written."""

    path: Path
    encoding: str
    delimiter: str
    columns: tuple[str, ...]

    def has(self, column: str) -> bool:
        """Whether the file has that column."""
        return key(column) in {key(item) for item in self.columns}

    def lines(self) -> Iterator[Line]:
        """Its records after the header, empty lines left out. Memory stays flat."""
        names = [key(column) for column in self.columns]
        with self.path.open(encoding=self.encoding, newline="") as file:
            for row in islice(csv_rows(file, self.delimiter), 1, None):
                if row.wrong:
                    yield Line(row.line, {}, _("This line cannot be read: %(why)s") % {"why": row.wrong})
                else:
                    yield _line(row.line, names, [value.strip() for value in row.values])


def _line(first: int, names: list[str], values: list[str]) -> Line:
    while len(values) > len(names) and not values[-1]:
        values.pop()
    if len(values) != len(names):
        text = _("It has %(found)d values for %(wanted)d columns.")
        return Line(first, {}, text % {"found": len(values), "wanted": len(names)})
    return Line(first, dict(zip(names, values, strict=True)))


def open_source(path: Path, *, encoding: str = "", delimiter: str = "") -> Source:
    """The file, its encoding (UTF-8, UTF-16 with its mark, else Windows-1252) and its delimiter found when not given.

    CannotImport when there is no such file, when it cannot be read in that encoding, or when it has no header.
    """
    try:
        result = encoding or encoding_of(path)
        with path.open(encoding=result, newline="") as file:
            head = file.readline(LONGEST_VALUE)
            if result not in CHECKED:
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
    cut = delimiter or delimiter_of(head)
    columns = tuple(cell.strip() for cell in cells(head, cut))
    if not any(columns):
        raise CannotImport(_("The file %(path)s is empty.") % {"path": path})
    twice = {column for column in columns if column and [key(item) for item in columns].count(key(column)) > 1}
    if twice:
        raise CannotImport(_("Columns named twice: %(names)s.") % {"names": ", ".join(sorted(twice))})
    return Source(path, result, cut, columns)
