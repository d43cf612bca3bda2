"""Short codes, and the lists of equipment that staff paste or send as a file. Pure."""

import re
import secrets
import unicodedata
from dataclasses import dataclass, field

from parvis.lib.ids import CODE_ALPHABET
from parvis.lib.ingest.csv_files import csv_rows, delimiter_of
from parvis.lib.words import fold

LENGTH = 7  # 35 bits: a code tells nothing, and cannot be found by trying
MOST_ROWS = 500
COLUMNS = {
    "name_fr": ("name", "nom", "name_fr", "nom_fr"),
    "name_en": ("name_en", "nom_en"),
    "kind": ("kind", "genre", "type"),
    "number": ("number", "numero", "no"),
    "place": ("place", "lieu", "adresse", "address"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon", "lng"),
    "subject": ("subject", "sujet"),
}
_AS_CODE = str.maketrans("OILU", "011V")


def new_code() -> str:
    """A random code of LENGTH characters, without those easily misread."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(LENGTH))


def clean_code(text: str) -> str:
    """A code as typed from a label, in its stored form; "" when it cannot be one."""
    typed = unicodedata.normalize("NFKC", text[:40]).upper()
    code = re.sub(r"[^0-9A-Z]", "", typed).translate(_AS_CODE)
    return code if len(code) == LENGTH else ""


@dataclass(frozen=True)
class ListedRow:
    """A line of a pasted list: its number from 1, and its values by the names of COLUMNS."""

    line: int
    values: dict[str, str] = field(default_factory=dict)


def read_list(text: str) -> tuple[list[ListedRow], list[str]]:
    """The rows of a list with a header, separated by commas, semicolons or tabs; and the columns that are not known.

    At most MOST_ROWS + 1 rows, so that a caller can tell that there were more.
    """
    lines = text.lstrip("\ufeff").splitlines()
    if not lines:
        return [], []
    rows = csv_rows(lines, delimiter_of(lines[0]))
    header = next(rows, None)
    names = [_column(cell) for cell in header.values] if header else []
    unknown = [cell for cell, name in zip(header.values if header else [], names, strict=True) if not name]
    listed = []
    for row in rows:
        values = {name: cell.strip() for name, cell in zip(names, row.values, strict=False) if name}
        if any(values.values()):
            listed.append(ListedRow(row.line, values))
        if len(listed) > MOST_ROWS:
            break
    return listed, unknown


def _column(cell: str) -> str:
    typed = fold(cell.strip()).replace(" ", "_")
    return next((name for name, written in COLUMNS.items() if typed in written), "")


def read_degrees(text: str) -> float | None:
    """Degrees written with a point or a comma; None for anything else."""
    try:
        degrees = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return degrees if abs(degrees) <= 180 else None  # noqa: PLR2004
