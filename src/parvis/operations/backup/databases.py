"""The database, copied while it is being written to, and put back: SQLite by itself, PostgreSQL by its own tools."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from sqlite3 import DatabaseError as SQLiteError
from sqlite3 import OperationalError, connect
from typing import Any

from django.db import DatabaseError, connection, connections, transaction

from parvis.lib.errors import Conflict, Refused

WAIT = 60.0
HEAD_LINES = 200
SQLITE, POSTGRES = "database.sqlite3", "database.dump"
BESIDE = ("", "-wal", "-shm", "-queue")
OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey", "options", "service")

Rows = Callable[[str], list[Any]]


@dataclass(frozen=True)
class Snapshot:
    """A copy of the database at one moment, and what it holds. `last_head`: the moment of its last signed head."""

    file: Path
    migrations: list[list[str]]
    cases: int
    entries: int
    town: str
    last_head: datetime | None


def member() -> str:
    """The name that the database of this installation has in an archive."""
    return POSTGRES if connection.vendor == "postgresql" else SQLITE


@contextmanager
def snapshot(folder: Path) -> Iterator[Snapshot]:
    """Copies the database into the folder. Those who write to it meanwhile wait for nothing."""
    if connection.vendor == "postgresql":
        yield _dumped(folder / POSTGRES)
    else:
        yield _copied(folder / SQLITE)


def is_empty() -> bool:
    """Whether the database of this installation holds no table, or does not exist yet.

    A file that is there and that SQLite cannot read is not empty: it is the day on which one restores.
    """
    if connection.vendor != "sqlite":
        return not connection.introspection.table_names()
    file = Path(connection.settings_dict["NAME"])
    if not file.exists() or file.stat().st_size == 0:
        return True
    try:
        return not connection.introspection.table_names()
    except DatabaseError:
        return False


def refuse_others() -> None:
    """Conflict when someone else is connected to the PostgreSQL database, from here or from another machine."""
    if connection.vendor != "postgresql":
        return
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with connection.cursor() as cursor:
        cursor.execute(query)
        others = cursor.fetchone()[0]
    if others:
        raise Conflict(f"{others} other connections to this database: stop everything that uses it first.")


def put(file: Path, aside: Path | None) -> None:
    """The database becomes that of the file; what it held goes to `aside`, when there is one. All of it or nothing."""
    if connection.vendor == "postgresql":
        _loaded(file, aside)
    else:
        _placed(file, aside)
    connections.close_all()


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _copied(to: Path) -> Snapshot:
    """`VACUUM INTO` reads one state of the database, and leaves behind what was erased and still lies in free pages."""
    try:
        with closing(connect(connection.settings_dict["NAME"], timeout=WAIT, isolation_level=None)) as base:
            base.execute("VACUUM INTO ?", [str(to)])
    except SQLiteError as error:  # damaged, or no room for the copy: SQLite says which
        raise Refused(f"The database could not be copied: {error}.") from error
    with closing(connect(to)) as copy:
        if (said := copy.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
            raise Refused(f"The database is damaged: {said}")
        return _described(to, lambda query: copy.execute(query).fetchall())


def _placed(file: Path, aside: Path | None) -> None:
    connections.close_all()
    target = Path(connection.settings_dict["NAME"])
    for ending in BESIDE:
        old = target.with_name(target.name + ending)
        if old.exists():
            if aside:
                shutil.move(old, aside / f"{SQLITE}{ending}")
            else:
                old.unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(file, target)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _dumped(to: Path) -> Snapshot:
    """`pg_dump` works on the very state that the counts are read from."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        exported = str(cursor.fetchone()[0])

        def rows(query: str) -> list[Any]:
            cursor.execute(query)
            return list(cursor.fetchall())

        dumped = _described(to, rows)
        _dump(to, f"--snapshot={exported}")
    return dumped


def _dump(to: Path, *options: str) -> None:
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={to}", *options)


def _loaded(file: Path, aside: Path | None) -> None:
    """One transaction: the schema is dropped and made again, or everything stays as it was."""
    if aside:
        _dump(aside / POSTGRES)
    script, before = file.with_suffix(".sql"), file.with_suffix(".before.sql")
    _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(file))
    with script.open(encoding="utf-8") as lines:  # a schema of its own stands at the head, before any table
        made = "CREATE SCHEMA public;\n" in islice(lines, HEAD_LINES)
    before.write_text("DROP SCHEMA public CASCADE;\n" + ("" if made else "CREATE SCHEMA public;\n"))
    connections.close_all()
    quiet = ("--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--single-transaction", "--output=/dev/null")
    _run("psql", *quiet, f"--file={before}", f"--file={script}")


def _run(program: str, *arguments: str) -> str:
    """What the tool wrote; Refused, with its own words, when it is not installed or failed."""
    if shutil.which(program) is None:
        raise Refused(
            f"{program} is not installed: PostgreSQL is backed up and restored by its own tools. "
            "Install the PostgreSQL client, of the server's version or later (Debian: apt install postgresql-client)."
        )
    settings = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    env = {**os.environ, **{name: str(settings[key]) for name, key in names.items() if settings[key]}}
    env |= {f"PG{name.upper()}": str(value) for name, value in settings["OPTIONS"].items() if name in OPTIONS}
    done = subprocess.run([program, *arguments], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"{program} failed: {done.stderr.strip()}")
    return done.stdout


def _described(file: Path, rows: Rows) -> Snapshot:
    try:
        applied = rows("SELECT app, name FROM django_migrations ORDER BY id")
        last = rows("SELECT max(until) FROM cases_checkpoint")[0][0]
        return Snapshot(
            file=file,
            migrations=[[str(app), str(name)] for app, name in applied],
            cases=int(rows("SELECT count(*) FROM cases_case")[0][0]),
            entries=int(rows("SELECT count(*) FROM cases_entry")[0][0]),
            town=next((str(slug) for (slug,) in rows("SELECT slug FROM directory_town ORDER BY id LIMIT 1")), ""),
            last_head=datetime.fromisoformat(last) if isinstance(last, str) else last,
        )
    except (OperationalError, DatabaseError) as error:
        raise Refused(f"There is nothing to back up: {error}. Has `parvis setup` been run?") from error
