"""What an import must remember of a file while it reads it, kept on the disk: numbers met, and notes by case."""

from collections.abc import Iterable
from pathlib import Path
from sqlite3 import connect
from tempfile import TemporaryDirectory

_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE met (identity TEXT PRIMARY KEY, line INTEGER, times INTEGER) WITHOUT ROWID;
    CREATE TABLE notes (number TEXT, line INTEGER, at TEXT, words TEXT);
    CREATE INDEX notes_of ON notes (number);
"""


class Scratch:
    """A database of its own, gone with the import."""

    def __enter__(self) -> "Scratch":
        self._folder = TemporaryDirectory(prefix="parvis-import-")
        self._base = connect(Path(self._folder.name) / "scratch.sqlite3", isolation_level=None)
        self._base.executescript(_TABLES)
        return self

    def __exit__(self, *error: object) -> None:
        self._base.close()
        self._folder.cleanup()

    def meet(self, identity: str, line: int) -> tuple[int, int]:
        """(how many times it was met, this one included; the line where it was first)."""
        query = """
            INSERT INTO met VALUES (?, ?, 1) ON CONFLICT (identity) DO UPDATE SET times = times + 1
            RETURNING times, line
        """
        times, first = self._base.execute(query, (identity, line)).fetchone()
        return int(times), int(first)

    def keep_notes(self, rows: Iterable[tuple[str, int, str, str]]) -> None:
        """Keeps (number of the case, line, moment in ISO 8601 or "", words)."""
        self._base.executemany("INSERT INTO notes VALUES (?, ?, ?, ?)", rows)

    def take_notes(self, number: str) -> list[tuple[int, str, str]]:
        """The notes of that case: (line, moment, words), which are then forgotten here."""
        found = self._base.execute(
            "SELECT line, at, words FROM notes WHERE number = ? ORDER BY line", (number,)
        ).fetchall()
        if found:
            self._base.execute("DELETE FROM notes WHERE number = ?", (number,))
        return [(int(line), str(at), str(words)) for line, at, words in found]

    def left_notes(self) -> Iterable[tuple[str, int]]:
        """(number, line) of the notes that nobody took: their case is not in the file."""
        return self._base.execute("SELECT number, line FROM notes ORDER BY line")
