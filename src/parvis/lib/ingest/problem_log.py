"""A file to which the problems of an import are written as they are found."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parvis.lib.ingest.csv_files import escape_csv_formula


class ProblemLog:
    """JSON lines when the name ends in .json or .jsonl; otherwise CSV, with the given columns.

    The constructor raises OSError when the file cannot be written.
    """

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self._json = path.suffix in (".json", ".jsonl")
        self._file = path.open("w", encoding="utf-8", newline="")
        if not self._json:
            csv.writer(self._file).writerow(columns)

    def __enter__(self) -> "ProblemLog":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def write(self, problem: Mapping[str, Any], cells: tuple[str, ...]) -> None:
        """Adds a problem: its fields in JSON; its cells in CSV, escaped against formula injection."""
        if self._json:
            self._file.write(json.dumps(problem, ensure_ascii=False) + "\n")
        else:
            csv.writer(self._file).writerow(map(escape_csv_formula, cells))
