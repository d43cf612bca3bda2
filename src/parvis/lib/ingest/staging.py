"""Temporary on-disk store used while reading a long file, so that memory use stays constant."""

from collections.abc import Collection, Iterable, Mapping
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
_BATCH = 500


class Staging:
    """Identities seen in a file, and notes awaiting their case; deleted at the end of the `with` block."""

    def __enter__(self) -> "Staging":
        self._folder = TemporaryDirectory(prefix="parvis-staging-")
        self._database = connect(Path(self._folder.name) / "staging.sqlite3", isolation_level=None)
        self._database.executescript(_TABLES)
        return self

    def __exit__(self, *error: object) -> None:
        self._database.close()
        self._folder.cleanup()

    def meet(self, identity: str, line: int) -> tuple[int, int]:
        """Records an identity; returns (times seen, this one included; line where it was first seen)."""
        query = """
            INSERT INTO met VALUES (?, ?, 1) ON CONFLICT (identity) DO UPDATE SET times = times + 1
            RETURNING times, line
        """
        times, first = self._database.execute(query, (identity, line)).fetchone()
        return int(times), int(first)

    def meet_all(self, lines: Mapping[str, int]) -> None:
        """Records the identities that are new, each with its line."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO met VALUES (?, ?, 1)", lines.items())
        self._database.execute("COMMIT")

    def lines(self, identities: Collection[str]) -> dict[str, int]:
        """The line where each of these identities was first seen; those never seen are absent."""
        wanted, result = list(identities), dict[str, int]()
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            slots = ",".join("?" * len(batch))
            result.update(self._database.execute(f"SELECT identity, line FROM met WHERE identity IN ({slots})", batch))
        return result

    def keep_notes(self, rows: Iterable[tuple[str, int, str, str]]) -> None:
        """Stores notes as (case number, line, ISO 8601 time or "", text)."""
        self._database.executemany("INSERT INTO notes VALUES (?, ?, ?, ?)", rows)

    def take_notes(self, number: str) -> list[tuple[int, str, str]]:
        """Returns and deletes the notes of a case, as (line, time, text)."""
        query = "SELECT line, at, words FROM notes WHERE number = ? ORDER BY line"
        notes = self._database.execute(query, (number,)).fetchall()
        if notes:
            self._database.execute("DELETE FROM notes WHERE number = ?", (number,))
        return [(int(line), str(at), str(words)) for line, at, words in notes]

    def left_notes(self) -> Iterable[tuple[str, int]]:
        """(case number, line) of the notes never taken: their case is not in the file."""
        return self._database.execute("SELECT number, line FROM notes ORDER BY line")
