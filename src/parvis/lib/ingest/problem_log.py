"""Every problem of a file that is brought in, written to another file as it comes."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parvis.lib.csv_formula import escape_csv_formula


class ProblemLog:
    """One JSON object a line when the name ends in .json or .jsonl; otherwise CSV, with the given columns.

    Making one raises OSError when it cannot be written.
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
        """Adds one: its fields in JSON, its cells in CSV, where no spreadsheet runs them."""
        if self._json:
            self._file.write(json.dumps(problem, ensure_ascii=False) + "\n")
        else:
            csv.writer(self._file).writerow(map(escape_csv_formula, cells))
