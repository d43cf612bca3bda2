"""What must be remembered of a long file while it is read, kept on the disk so that memory stays flat."""

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
_AT_ONCE = 500


class Staging:
    """Identities met in a file, and notes that wait for what they are about; gone at the end of the `with`."""

    def __enter__(self) -> "Staging":
        self._folder = TemporaryDirectory(prefix="parvis-staging-")
        self._base = connect(Path(self._folder.name) / "staging.sqlite3", isolation_level=None)
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

    def meet_all(self, lines: Mapping[str, int]) -> None:
        """Keeps identities, with their line, that were not met before."""
        self._base.execute("BEGIN")
        self._base.executemany("INSERT OR IGNORE INTO met VALUES (?, ?, 1)", lines.items())
        self._base.execute("COMMIT")

    def lines(self, identities: Collection[str]) -> dict[str, int]:
        """Those of them that were met, with the line where they were first."""
        wanted, result = list(identities), dict[str, int]()
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            slots = ",".join("?" * len(some))
            result.update(self._base.execute(f"SELECT identity, line FROM met WHERE identity IN ({slots})", some))
        return result

    def keep_notes(self, rows: Iterable[tuple[str, int, str, str]]) -> None:
        """Keeps (number of the case, line, moment in ISO 8601 or "", words)."""
        self._base.executemany("INSERT INTO notes VALUES (?, ?, ?, ?)", rows)

    def take_notes(self, number: str) -> list[tuple[int, str, str]]:
        """The notes of that case: (line, moment, words), which are then forgotten here."""
        query = "SELECT line, at, words FROM notes WHERE number = ? ORDER BY line"
        fetchall = self._base.execute(query, (number,)).fetchall()
        if fetchall:
            self._base.execute("DELETE FROM notes WHERE number = ?", (number,))
        return [(int(line), str(at), str(words)) for line, at, words in fetchall]

    def left_notes(self) -> Iterable[tuple[str, int]]:
        """(number, line) of the notes that nobody took: their case is not in the file."""
        return self._base.execute("SELECT number, line FROM notes ORDER BY line")
