"""What was met while a long file is read, kept on the disk so that memory stays flat."""

from collections.abc import Collection, Mapping
from pathlib import Path
from sqlite3 import connect
from tempfile import TemporaryDirectory

_TABLE = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE met (identity TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID;
"""
_AT_ONCE = 500


class Met:
    """Identities with the line where each was first met; gone at the end of the `with`."""

    def __enter__(self) -> "Met":
        self._folder = TemporaryDirectory(prefix="parvis-met-")
        self._base = connect(Path(self._folder.name) / "met.sqlite3", isolation_level=None)
        self._base.executescript(_TABLE)
        return self

    def __exit__(self, *error: object) -> None:
        self._base.close()
        self._folder.cleanup()

    def lines(self, identities: Collection[str]) -> dict[str, int]:
        """Those of them that were met, with their line."""
        wanted, found = list(identities), dict[str, int]()
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            slots = ",".join("?" * len(some))
            found.update(self._base.execute(f"SELECT identity, line FROM met WHERE identity IN ({slots})", some))
        return found

    def meet(self, lines: Mapping[str, int]) -> None:
        """Keeps identities that were not met before."""
        self._base.execute("BEGIN")
        self._base.executemany("INSERT OR IGNORE INTO met VALUES (?, ?)", lines.items())
        self._base.execute("COMMIT")
